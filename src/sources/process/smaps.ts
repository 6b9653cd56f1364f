import { closeSync, readSync } from 'node:fs';
import { missing, type Reading } from '../../reading.ts';
import type { Mapping } from '../../snapshot.ts';
import type { ProcessHandle, Source } from '../source.ts';
import { failedProcRead, openProcFile, readProcFile } from './file.ts';
import { countMappings } from './maps.ts';
import { readPieces } from './read-pieces.ts';
import { createSmapsParser } from './smaps-parser.ts';

/** Above this many mappings a walk costs too much, the target as well as memgap. */
export const mostMappings = 20_000;

/** Up to so many it is cheaper to walk than to count first. */
const uncounted = 1000;

/** Resident pages of which a walk takes 5 ms (30 us a MiB): where there are more, one mapping may hold them, and one read take as long. */
const longWalk = 128 * 1024 * 1024;

/**
 * /proc/PID/smaps, mapping by mapping, by address. Needs Linux 4.12 and the target's own uid and gid, or CAP_SYS_PTRACE. The kernel
 * walks the page tables under the target's mmap lock (about 30 ms a GiB, 3 us a mapping): a cost to the target, not for every poll. Each read
 * is consistent, the whole walk is not: what was there all the time is in it (Documentation/filesystems/proc.rst), but a mapping that was joined
 * or cut between two reads can come twice (seen on 6.18 with a target that did little else; the parser's part). More than 20000 are `too-large`.
 */
export const smaps = {
  name: 'smaps',
  gives: 'whose each resident byte is, mapping by mapping',
  async read(process, signal) {
    const file = openProcFile(process, 'smaps');
    if (!file.ok) return file;
    try {
      return await walk(file.value, process, signal);
    } catch (error) {
      return failedProcRead(error, process, 'smaps');
    } finally {
      closeSync(file.value);
    }
  },
} as const satisfies Source<ProcessHandle, readonly Mapping[]>;

async function walk(fd: number, process: ProcessHandle, signal: AbortSignal): Promise<Reading<readonly Mapping[]>> {
  const { pid } = process;
  const parser = createSmapsParser(mostMappings);
  const big = isBig(process);
  // a heap lies low, behind the executable: where there are more mappings than a few, what comes later is small
  const slow = () => big && parser.count() < uncounted;
  const few = await readPieces(fd, { take: (piece) => parser.take(piece) && parser.count() < uncounted, slow, signal });
  if (signal.aborted) return late(pid);
  if (!few && parser.count() >= uncounted) {
    const total = await countMappings(process, mostMappings, signal);
    if (!total.ok) return total;
    await readPieces(fd, { take: parser.take, slow, signal });
    if (signal.aborted) return late(pid);
  }
  const reading = parser.finish();
  if (!reading.ok) return reading;
  if (reading.value.length === 0) return missing('gone', `process ${pid} has no memory: it has exited, or is a kernel thread`);
  if (isTornDown(fd)) return missing('gone', `process ${pid} exited, or ran another program, while its mappings were read`);
  return reading;
}

function late(pid: number): Reading<never> {
  return missing('timeout', `the walk over the mappings of process ${pid} took too long`);
}

/**
 * A walk that loses its address space ends like one that is complete (fs/proc/task_mmu.c, m_start), and what it told would pass for all.
 * One byte from the start asks whether it is still there: the kernel makes the text of one mapping for it, not of a page full.
 */
function isTornDown(fd: number): boolean {
  return readSync(fd, Buffer.allocUnsafe(1), 0, 1, 0) === 0;
}

/** By the second field of statm, which is an estimate and does here. */
function isBig(process: ProcessHandle): boolean {
  const statm = readProcFile(process, 'statm');
  const pages = statm.ok ? Number(statm.value.split(' ')[1]) : 0;
  return pages * 4096 > longWalk;
}
