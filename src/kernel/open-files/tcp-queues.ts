import { closeSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { budgets } from '../../budgets.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { type Bytes, bytes } from '../../model/units.ts';
import { tape } from '../../tape.ts';
import { readPieces } from '../memory/read-pieces.ts';
import { failedProcRead, openProcFile } from '../process/file.ts';
import { readLargestFolio } from './largest-folio.ts';

/** What waits in some TCP sockets. */
export interface TcpQueues {
  /** Sent by them and not taken by the other side: not yet acknowledged, or, with the other end in this network namespace, not yet read. */
  readonly send: Bytes;
  /** How many of them that is of. */
  readonly sending: number;
  /** As much page cache as that can hold: each socket's in whole folios, but for less than 16 KiB, which is on its way. */
  readonly held: Bytes;
  /** Received, and not yet read by the process. */
  readonly receive: Bytes;
  /** How many of the inodes are sockets of TCP, those that listen included. */
  readonly sockets: number;
}

/** Sums up the text of tables of TCP sockets, which comes in pieces. */
export interface TcpQueueScan {
  /** The next piece of a table. */
  take(piece: string): void;
  /** The table is at its end: what comes next begins another one. */
  end(): void;
  queues(): TcpQueues;
}

/**
 * `sl local remote st tx:rx tr:when retrnsmt uid timeout inode`; what a socket that listens has in place of its queues is a number of
 * connections. The same connection may be one of IPv4 at one end and of mapped addresses (::ffff:0:0/96) at the other.
 */
const connection =
  /^ *\d+: (?:0000000000000000FFFF0000)?([0-9A-F]{8,32}:[0-9A-F]{4}) (?:0000000000000000FFFF0000)?([0-9A-F]{8,32}:[0-9A-F]{4}) ([0-9A-F]{2}) ([0-9A-F]{8}):([0-9A-F]{8}) [0-9A-F]+:[0-9A-F]+ [0-9A-F]+ +\d+ +\d+ (\d{1,20}) /gm;
const nothing = '00000000';
const listens = '0A';

/** Less than a segment's usual burst is on its way, not left lying: thousands of busy connections would else hold the whole cache. */
const inFlight = 16 * 1024;

/**
 * Pure: the queues of the sockets with these inodes out of /proc/PID/net/tcp or tcp6 (proc_net(5)). One that a table has twice, for it
 * moved while that was read, counts once. `folio` is the largest piece in which page cache may be kept. What went to another end on this
 * machine lies in that end's queue, and is the same memory: over loopback the pages themselves are handed on.
 */
export function createTcpQueueScan(inodes: ReadonlySet<string>, folio: number): TcpQueueScan {
  const own = new Map<string, { readonly send: number; readonly receive: number }>();
  const listening = new Set<string>();
  /** What was received and not read, by the other end's view of the connection. */
  const unread = new Map<string, number>();
  let rest = '';

  function scanLines(text: string): void {
    for (const [, local = '', remote = '', state = '', tx = '', rx = '', inode = ''] of text.matchAll(connection)) {
      if (state === listens) {
        if (inodes.has(inode)) listening.add(inode);
        continue;
      }
      const receive = rx === nothing ? 0 : Number.parseInt(rx, 16);
      if (receive > 0) unread.set(`${remote} ${local}`, receive);
      if (inodes.has(inode)) own.set(`${local} ${remote}`, { send: Number.parseInt(tx, 16), receive });
    }
  }

  function queues(): TcpQueues {
    let send = 0;
    let sending = 0;
    let held = 0;
    let receive = 0;
    for (const [ends, each] of own) {
      const sent = each.send + (unread.get(ends) ?? 0);
      if (sent > 0) sending += 1;
      held += sent < inFlight ? sent : Math.ceil(sent / folio) * folio;
      send += sent;
      receive += each.receive;
    }
    return { send: bytes(send), sending, held: bytes(held), receive: bytes(receive), sockets: own.size + listening.size };
  }

  return {
    take(piece) {
      const text = rest + piece;
      const end = text.lastIndexOf('\n') + 1;
      scanLines(text.slice(0, end));
      rest = text.slice(end);
    },
    end() {
      rest = ''; // a line without its end may lack digits of the inode
    },
    queues,
  };
}

const readOf = promisify(read);

/**
 * The queues of some TCP sockets of the process's network namespace. The kernel goes through all connections of the namespace for it (about
 * a microsecond each), so the tables are read in node's thread pool and in pieces, and `too-large` where both together are longer than the
 * budget.
 */
export async function readTcpQueues(process: ProcessHandle, inodes: ReadonlySet<string>, signal: AbortSignal): Promise<Reading<TcpQueues>> {
  const scan = createTcpQueueScan(inodes, inodes.size === 0 ? 1 : readLargestFolio(process));
  let left = budgets.tcpTables.maxBytes;
  if (inodes.size === 0) return found(scan.queues());
  for (const name of ['net/tcp', 'net/tcp6']) {
    const take = (piece: string) => {
      left -= piece.length;
      if (left >= 0) scan.take(piece);
      return left >= 0;
    };
    const onTape = tape();
    const table = await (onTape === undefined
      ? readTable(process, name, take, signal)
      : onTape.pieces(
          `${process.paths.procfs}/${process.pid}/${name}`,
          take,
          (text) => linesOf(inodes, text),
          (taking) => readTable(process, name, taking, signal),
        ));
    if (!table.ok && table.reason === 'unsupported') continue; // a kernel without IPv6
    if (!table.ok) return table;
    if (signal.aborted) return missing('timeout', `/proc/${process.pid}/${name} was not read in time`);
    if (left < 0) return missing('too-large', `the tables of TCP sockets are longer than ${budgets.tcpTables.maxBytes} bytes`);
    scan.end();
  }
  return found(scan.queues());
}

async function readTable(
  process: ProcessHandle,
  name: string,
  take: (piece: string) => boolean,
  signal: AbortSignal,
): Promise<Reading<'read'>> {
  const file = openProcFile(process, name);
  if (!file.ok) return file;
  try {
    await readPieces(async (into, at, size, position) => (await readOf(file.value, into, at, size, position)).bytesRead, { take, signal });
    return found('read');
  } catch (error) {
    return failedProcRead(error, process, name);
  } finally {
    closeSync(file.value);
  }
}

/** Pure: what of a table a tape keeps: the lines of these sockets and of possible other ends with unread bytes; numbers for addresses. */
export function linesOf(inodes: ReadonlySet<string>, text: string): string {
  const numbers = new Map<string, string>();
  const numberOf = (end: string) => {
    const number = numbers.get(end) ?? `${numbers.size.toString(16).toUpperCase().padStart(8, '0')}:0000`;
    numbers.set(end, number);
    return number;
  };
  return [...text.matchAll(connection)]
    .filter(([, , , state, , rx, inode = '']) => inodes.has(inode) || (state !== listens && rx !== nothing))
    .map(
      ([, local = '', remote = '', state, tx, rx, inode]) =>
        `0: ${numberOf(local)} ${numberOf(remote)} ${state} ${tx}:${rx} 0:0 0 0 0 ${inode} \n`,
    )
    .join('');
}
