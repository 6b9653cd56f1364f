import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../budgets.ts';
import type { Slices } from '../files/turns.ts';
import { readHead } from '../kernel/process/file.ts';
import type { ProcessIdentity } from '../model/process.ts';
import { known } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';
import { heldSockets } from './held-sockets.ts';
import { type Listener, parseListeners, socketName } from './listeners.ts';

/** Where one process itself listens. */
export interface OwnListeners {
  /** Addresses, as listeners.ts has them, on which it listens at a TCP port: those of other processes of its pod are left out. */
  on(port: number): readonly string[];
  /** Whether it is in memgap's own network namespace, where 127.0.0.1 is the same for both. */
  isHere(): boolean;
}

/** OwnListeners sockets of many processes, walk after walk: a socket's owner is looked for once. */
export interface ListeningSide {
  /** A walk begins: the kernel's tables are read anew. */
  begin(): void;
  /** Goes through the open files of a process at most, and only when somebody unknown listens at one of `ports`. */
  of(process: ProcessIdentity, slices: Slices): Promise<OwnListeners>;
  /** It is over: what was learned of processes that it did not ask about is forgotten. */
  end(): void;
}

const maxFiles = budgets.openFilesOfOne.maxEntries;

/** OwnListeners sockets by /proc/PID/net, each process in its own network namespace; at `ports` alone. */
export function createListening(paths: KernelPaths, ports: ReadonlySet<number>): ListeningSide {
  let tables = new Map<string, readonly Listener[]>();
  /** Whether a socket is the process's own, by the process. */
  let owned = new Map<string, ReadonlyMap<string, boolean>>();
  let asked = new Map<string, ReadonlyMap<string, boolean>>();
  let own = '';

  async function of({ pid, startTicks }: ProcessIdentity, slices: Slices): Promise<OwnListeners> {
    const key = `${pid}:${startTicks}`;
    const table = tableOf(pid);
    const before = owned.get(key);
    const isKnown = table.every((listener) => before?.has(socketName(listener)) === true);
    const sockets = before !== undefined && isKnown ? before : await ownersOf(pid, table, slices);
    asked.set(key, sockets);
    return {
      on: (port) =>
        table.filter((listener) => listener.port === port && sockets.get(socketName(listener)) === true).map(({ address }) => address),
      isHere: () => own !== '' && networkOf(join(paths.procfs, String(pid))) === own,
    };
  }

  function tableOf(pid: number): readonly Listener[] {
    const folder = join(paths.procfs, String(pid));
    const network = networkOf(folder);
    const table =
      tables.get(network) ??
      ['tcp', 'tcp6'].flatMap((name) => listenersIn(join(folder, 'net', name))).filter(({ port }) => ports.has(port));
    if (network !== '') tables.set(network, table);
    return table;
  }

  async function ownersOf(pid: number, table: readonly Listener[], slices: Slices): Promise<ReadonlyMap<string, boolean>> {
    const names = new Set(table.map(socketName));
    const held = names.size === 0 ? undefined : known(await heldSockets(pid, names, paths, { left: maxFiles }, slices));
    return new Map([...names].map((name) => [name, held?.has(name) === true]));
  }

  return {
    begin() {
      tables = new Map();
      asked = new Map();
      own = networkOf('/proc/self'); // where memgap's requests go, whatever procfs the processes are read from
    },
    of,
    end() {
      owned = asked;
    },
  };
}

function listenersIn(path: string): readonly Listener[] {
  const table = readHead(path, budgets.listeners.maxBytes);
  return table.ok ? parseListeners(table.value.text) : []; // tcp6 is not there without IPv6
}

function networkOf(folder: string): string {
  try {
    return readlinkSync(join(folder, 'ns/net'));
  } catch {
    return '';
  }
}
