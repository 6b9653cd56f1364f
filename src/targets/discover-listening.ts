import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { known } from '../reading.ts';
import type { ProcessIdentity } from '../snapshot.ts';
import { readHead } from '../sources/process/file.ts';
import type { KernelPaths } from '../sources/source.ts';
import { type Listener, parseListeners } from './listeners.ts';
import { holdsSocket } from './port-owner.ts';

/** Where one process itself listens. */
export interface Listening {
  /** Addresses, as listeners.ts has them, on which it listens at a TCP port: those of other processes of its pod are left out. */
  on(port: number): readonly string[];
  /** Whether it is in memgap's own network namespace, where 127.0.0.1 is the same for both. */
  isHere(): boolean;
}

/** Listening sockets of many processes, walk after walk: a socket's owner is looked for once. */
export interface ListeningSide {
  /** A walk begins: the kernel's tables are read anew. */
  begin(): void;
  of(process: ProcessIdentity): Listening;
  /** It is over: what was learnt of processes that it did not ask about is forgotten. */
  end(): void;
}

const mostFiles = 20_000;
const tableCap = 1_048_576; // listening sockets stand before all others

/** Listening sockets by /proc/PID/net, each process in its own network namespace. */
export function createListening(paths: KernelPaths): ListeningSide {
  let tables = new Map<string, readonly Listener[]>();
  let owned = new Map<string, Map<string, boolean>>();
  let asked = new Set<string>();
  let own = '';

  function of({ pid, startTicks }: ProcessIdentity): Listening {
    const key = `${pid}:${startTicks}`;
    asked.add(key);
    return {
      on: (port) =>
        tableOf(pid)
          .filter((listener) => listener.port === port && owns(key, pid, listener.inode))
          .map(({ address }) => address),
      isHere: () => own !== '' && networkOf(join(paths.procfs, String(pid))) === own,
    };
  }

  function tableOf(pid: number): readonly Listener[] {
    const folder = join(paths.procfs, String(pid));
    const network = networkOf(folder);
    const table = tables.get(network) ?? ['tcp', 'tcp6'].flatMap((name) => listenersIn(join(folder, 'net', name)));
    if (network !== '') tables.set(network, table);
    return table;
  }

  function owns(key: string, pid: number, inode: string): boolean {
    const sockets = owned.get(key) ?? new Map<string, boolean>();
    owned.set(key, sockets);
    const before = sockets.get(inode);
    if (before !== undefined) return before;
    const holds = known(holdsSocket(pid, new Set([`socket:[${inode}]`]), paths, { left: mostFiles })) ?? false;
    sockets.set(inode, holds);
    return holds;
  }

  return {
    begin() {
      tables = new Map();
      asked = new Set();
      own = networkOf('/proc/self'); // where memgap's requests go, whatever procfs the processes are read from
    },
    of,
    end() {
      owned = new Map([...owned].filter(([key]) => asked.has(key)));
    },
  };
}

function listenersIn(path: string): readonly Listener[] {
  const table = readHead(path, tableCap);
  return table.ok ? parseListeners(table.value.text) : []; // tcp6 is not there without IPv6
}

function networkOf(folder: string): string {
  try {
    return readlinkSync(join(folder, 'ns/net'));
  } catch {
    return '';
  }
}
