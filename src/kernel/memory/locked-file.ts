import { closeSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { budgets } from '../../budgets.ts';
import { missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { tape } from '../../tape.ts';
import { failedProcRead, openProcFile } from '../process/file.ts';

/** Reads at `position`, or on from the last read where it is null; how many bytes came, 0 at the end. Throws what read(2) throws. */
export type ReadLater = (into: Buffer, offset: number, size: number, position: number | null) => Promise<number>;

const readOf = promisify(read);

/** Processes of which a read has not come back, by pid, with the time of the first. */
const hanging = new Map<number, { readonly since: number; readonly reads: number }>();

/** Threads of memgap that wait for a target's mmap lock, past all deadlines: while there is one, memgap can end by SIGKILL only. */
export function hangingReads(): number {
  let sum = 0;
  for (const { reads } of hanging.values()) sum += reads;
  return sum;
}

/**
 * Does something with a file of /proc/PID that the kernel makes under the target's mmap lock: maps, smaps, smaps_rollup, pagemap, environ
 * (fs/proc/task_mmu.c, fs/proc/base.c). A target can hold that lock for as long as it likes: one thread faults in a page of a file system
 * that nobody answers for, by a way that can't let go of the lock (/proc/self/mem), a second waits to write. (Seen on 6.18 with FUSE:
 * smaps, pagemap and environ hang, status and stat do not.) So each such read is made in node's thread pool, and one that is not back when
 * `signal` aborts is left to itself: no other is made of that process before it is back, and of nobody once two hang, for the pool has four
 * threads. The wait ends with the process, and with memgap's own by SIGKILL.
 */
export async function withLockedFile<T>(
  process: ProcessHandle,
  name: string,
  signal: AbortSignal,
  use: (readLater: ReadLater) => Promise<Reading<T>>,
): Promise<Reading<T>> {
  const onTape = tape();
  if (onTape === undefined) return withLockedFileNow(process, name, signal, use);
  return onTape.reads(`${process.paths.procfs}/${process.pid}/${name}`, use, (used) => withLockedFileNow(process, name, signal, used));
}

async function withLockedFileNow<T>(
  process: ProcessHandle,
  name: string,
  signal: AbortSignal,
  use: (readLater: ReadLater) => Promise<Reading<T>>,
): Promise<Reading<T>> {
  const { pid } = process;
  const held = hanging.get(pid);
  if (held !== undefined)
    return missing(
      'timeout',
      `process ${pid} has held its mmap lock for ${secondsSince(held.since)} s: ${name} can't be read before it lets go`,
    );
  if (hangingReads() >= budgets.hangingReads.maxThreads) {
    return missing(
      'exhausted',
      `${name} of process ${pid} is not tried: ${budgets.hangingReads.maxThreads} reads of memgap wait for the mmap lock of processes ${[...hanging.keys()].join(' and ')}`,
    );
  }
  const file = openProcFile(process, name);
  if (!file.ok) return file;
  const fd = file.value;
  let pending = 0;
  let left = false;

  function settled(): void {
    pending -= 1;
    if (left && pending === 0) letGo(pid, fd);
  }
  const readLater: ReadLater = async (into, offset, size, position) => {
    if (left) throw new Error('nobody waits for it any more'); // and the descriptor may be another file's by now
    pending += 1;
    try {
      return (await readOf(fd, into, offset, size, position)).bytesRead;
    } finally {
      settled();
    }
  };

  let onAbort: (() => void) | undefined;
  const aborted = new Promise<Reading<never>>((resolve) => {
    onAbort = () =>
      resolve(missing('timeout', `${name} of process ${pid} could not be read before the deadline: its mmap lock may be held`));
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([use(readLater), aborted]);
  } catch (error) {
    return failedProcRead(error, process, name);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    left = true;
    if (pending === 0) closeSync(fd);
    else hanging.set(pid, { since: performance.now(), reads: pending });
  }
}

/** A read that nobody waits for any more is back. */
function letGo(pid: number, fd: number): void {
  closeSync(fd);
  hanging.delete(pid);
}

function secondsSince(since: number): number {
  return Math.round((performance.now() - since) / 1000);
}
