import { closeSync, constants, openSync, readSync } from 'node:fs';
import { budgets } from '../budgets.ts';
import { failedRead, readHead, readSmallFile } from '../kernel/process/file.ts';
import { found, known, mapReading, type Reading } from '../model/reading.ts';
import { tape } from '../tape.ts';
import { type Listener, parseListeners } from './listeners.ts';

// memgap's own network, whatever procfs the processes are read from: that is where its requests go
const tables = [
  { path: '/proc/self/net/tcp', counts: '/proc/self/net/sockstat', counted: /^TCP: inuse (\d+)/m },
  { path: '/proc/self/net/tcp6', counts: '/proc/self/net/sockstat6', counted: /^TCP6: inuse (\d+)/m },
];

// a line or two: the kernel makes no more of them than are asked for (seq_read_iter() of fs/seq_file.c)
const piece = Buffer.allocUnsafeSlow(256);
const longestLine = 256;

/** Every listening TCP socket of memgap's own network namespace. */
export function readListeners(): Reading<readonly Listener[]> {
  const listeners: Listener[] = [];
  for (const { path, counts, counted } of tables) {
    const [, inUse] = tape() === undefined ? (counted.exec(known(readSmallFile(counts)) ?? '') ?? []) : [];
    const text = tape() === undefined ? readListening(path, Number(inUse ?? Number.POSITIVE_INFINITY)) : readTable(path);
    if (text.ok) listeners.push(...parseListeners(text.value));
    else if (text.reason !== 'gone') return text; // tcp6 is not there without IPv6
  }
  return found(listeners);
}

function readTable(path: string): Reading<string> {
  return mapReading(readHead(path, budgets.listeners.maxBytes), ({ text }) => text);
}

/**
 * The lines of the listening sockets, which stand before all others (tcp_get_idx() of net/ipv4/tcp_ipv4.c). Behind them the kernel goes
 * through its whole table of connections, which takes it milliseconds where there is none at all: so no more lines than there are sockets
 * `inUse` are asked for, and none behind the first that does not listen.
 */
function readListening(path: string, inUse: number): Reading<string> {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    let text = '';
    let lines = -1; // the head is none
    while (lines < inUse && text.length < budgets.listeners.maxBytes) {
      const count = readSync(fd, piece, 0, piece.length, null);
      if (count === 0) break;
      const more = piece.toString('latin1', 0, count);
      text += more;
      lines += more.split('\n').length - 1;
      if (isBehind(text.slice(-count - longestLine))) break;
    }
    return found(text);
  } catch (error) {
    return failedRead(error, path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Whether a socket has a line that is or was connected: kernels before 4.4 list those that are about to be between the listening ones. */
function isBehind(text: string): boolean {
  return /^ *\d+: [0-9A-F:]+ [0-9A-F:]+ (?!0A|03|0C)[0-9A-F]{2} /m.test(text);
}
