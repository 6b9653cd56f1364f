import { budgets } from '../budgets.ts';
import { createSlices, type Slices } from '../files/turns.ts';
import { neededRight } from '../kernel/process/needed-right.ts';
import { listPidsInSlices } from '../kernel/process/pids.ts';
import { found, known, mapReading, missing, type Reading } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';
import { tape } from '../tape.ts';
import { heldSockets } from './held-sockets.ts';
import { answering, type Listener, loopbackOf, socketName } from './listeners.ts';
import { readListeners } from './read-listeners.ts';

/** Who listens on a port. */
export interface PortOwners {
  readonly pids: readonly number[];
  /** Processes whose open files could not be looked at: one of them may own it too. */
  readonly unread: number;
}

const maxFiles = budgets.openFiles.maxEntries;

/**
 * The processes that hold a listening TCP socket of memgap's own network namespace, found by the socket's inode among the open files
 * of all. Needs the owner's uid (or CAP_DAC_READ_SEARCH) as well as the right to look into it.
 */
export async function portOwners(port: number, paths: KernelPaths, signal: AbortSignal): Promise<Reading<PortOwners>> {
  const sockets = socketsOf(port, undefined);
  return sockets.ok ? ownersOf(sockets.value, paths, createSlices(signal)) : sockets;
}

async function ownersOf(sockets: ReadonlySet<string>, paths: KernelPaths, slices: Slices): Promise<Reading<PortOwners>> {
  const pids = await listPidsInSlices(paths, slices);
  if (!pids.ok) return pids;
  const owners: number[] = [];
  const budget = { left: maxFiles };
  let unread = 0;
  for (const pid of pids.value) {
    const holds = await holdsSocket(pid, sockets, paths, budget, slices);
    if (holds.ok && holds.value) owners.push(pid);
    if (!holds.ok && holds.reason === 'timeout') return holds;
    if (!holds.ok && holds.reason === 'denied') unread += 1;
    if (budget.left <= 0)
      return missing('too-large', `more than ${maxFiles} files are open here: name the process by pid or exe instead of by port`);
  }
  return found({ pids: owners, unread });
}

/** Who is behind a port, as evidence on a process and a URL. */
export interface PortHolders {
  /** Those of them that memgap can tell, the process in question first. */
  readonly pids: readonly number[];
  /** The process in question listens there, and somebody else, on a socket of his own (SO_REUSEPORT, socket(7)): either may answer. */
  readonly isShared: boolean;
}

/**
 * Who owns the port that a URL leads to, as evidence on whether `pid` is behind it; `undefined` when nothing can be said: the URL does not
 * lead to this machine, nobody listens there, or `pid` or the owner can't be looked into. Looks at `pid` first: mostly that is all.
 */
export async function ownersBehind(url: string, pid: number, paths: KernelPaths, signal: AbortSignal): Promise<PortHolders | undefined> {
  const onTape = tape();
  if (onTape === undefined) return ownersBehindNow(url, pid, paths, signal);
  return onTape.valueLater(`owners of port ${loopbackOf(url)?.port}`, () => ownersBehindNow(url, pid, paths, signal));
}

async function ownersBehindNow(url: string, pid: number, paths: KernelPaths, signal: AbortSignal): Promise<PortHolders | undefined> {
  const sockets = socketsBehind(url);
  if (sockets === undefined) return undefined;
  const slices = createSlices(signal);
  const own = await heldSockets(pid, sockets, paths, { left: maxFiles }, slices);
  if (!own.ok) return undefined;
  const others = new Set([...sockets].filter((socket) => !own.value.has(socket)));
  if (others.size === 0) return { pids: [pid], isShared: false };
  const owners = known(await ownersOf(others, paths, slices))?.pids ?? [];
  if (own.value.size > 0) return { pids: [pid, ...owners], isShared: true };
  return owners.length > 0 ? { pids: owners, isShared: false } : undefined;
}

/** The listening sockets that may answer at a URL; `undefined` where it does not lead to this machine, or nobody listens there. */
export function socketsBehind(url: string): ReadonlySet<string> | undefined {
  const loopback = loopbackOf(url);
  if (loopback === undefined) return undefined;
  const onTape = tape();
  if (onTape === undefined) return known(socketsOf(loopback.port, loopback.host));
  const sockets = onTape.value(`sockets of port ${loopback.port}`, () => {
    const told = known(socketsOf(loopback.port, loopback.host));
    return told === undefined ? undefined : { names: [...told] };
  });
  return sockets === undefined ? undefined : new Set(sockets.names);
}

/** What to do when the owner is among the processes that can't be looked into. */
export function describeUnread(unread: number): string {
  return `the open files of ${unread} processes can't be listed; ${neededRight('/proc/1/fd')}, and shareProcessNamespace: true in a pod`;
}

function socketsOf(port: number, host: string | undefined): Reading<ReadonlySet<string>> {
  const wanted = listenersOn(port, host);
  return mapReading(wanted, (listeners) => new Set(listeners.map(socketName)));
}

/** Who listens on a port of memgap's own network namespace, whether or not the process can be told; `not-found` where nobody does. */
export function listenersOn(port: number, host?: string): Reading<readonly Listener[]> {
  const listeners = readListeners();
  if (!listeners.ok) return listeners;
  const wanted =
    host === undefined ? listeners.value.filter((listener) => listener.port === port) : answering(listeners.value, { host, port });
  if (wanted.length > 0) return found(wanted);
  return missing(
    'not-found',
    `nobody listens on port ${port} in memgap's own network namespace; in a pod, give the port of a container of the same pod`,
  );
}

/** What a process listens on, in memgap's own network namespace: each address and port once. Needs what a port's owner needs. */
export async function listenersOf(pid: number, paths: KernelPaths, signal: AbortSignal): Promise<Reading<readonly Listener[]>> {
  const listeners = readListeners();
  if (!listeners.ok) return listeners;
  const held = await heldSockets(pid, new Set(listeners.value.map(socketName)), paths, { left: maxFiles }, createSlices(signal));
  return mapReading(held, (sockets) => listeners.value.filter((listener) => sockets.has(socketName(listener))));
}

/** Whether one of these sockets (`socket:[INODE]`) is among the open files of a process; reads at most `budget.left`, and counts down. */
async function holdsSocket(
  pid: number,
  sockets: ReadonlySet<string>,
  paths: KernelPaths,
  budget: { left: number },
  slices: Slices,
): Promise<Reading<boolean>> {
  return mapReading(await heldSockets(pid, sockets, paths, budget, slices, 1), ({ size }) => size > 0);
}
