import { budgets } from '../../budgets.ts';
import type { Mapping } from '../../model/mapping.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { type ProcessHandle, ptraceNeeds, type Source } from '../../model/source.ts';
import { type ReadLater, withLockedFile } from './locked-file.ts';
import { readPieces } from './read-pieces.ts';
import { createSmapsParser } from './smaps-parser.ts';

/** Above it the walk is `too-large`. */
export const maxMappings = budgets.mappings.maxMappings;

/**
 * /proc/PID/smaps, mapping by mapping, by address. Needs Linux 4.12 and the target's own uid and gid, or CAP_SYS_PTRACE. The kernel
 * walks the page tables under the target's mmap lock (about 30 ms a GiB of resident memory, 3 ms a MiB of page tables, 3 us a mapping): a
 * cost to the target, not for every poll. Each read is consistent, the whole walk is not: what was there all the time is in it
 * (Documentation/filesystems/proc.rst), but a mapping that was joined or cut between two reads can come twice (seen on 6.18 with a target
 * that did little else; the parser's part). More than 20000 are `too-large`.
 */
export const smaps = {
  name: 'smaps',
  without: {
    needs: ptraceNeeds.read,
    lost: 'whose each resident byte is',
    families: ['memgap_rss_component_bytes', 'memgap_rss_mapped_bytes', 'memgap_rss_unattributed_bytes', 'memgap_go_not_resident_bytes'],
  },
  read(process, signal) {
    return withLockedFile(process, 'smaps', signal, (readLater) => walk(readLater, process, signal));
  },
} as const satisfies Source<ProcessHandle, readonly Mapping[]>;

async function walk(readLater: ReadLater, process: ProcessHandle, signal: AbortSignal): Promise<Reading<readonly Mapping[]>> {
  const { pid } = process;
  const total = await countMappings(process, maxMappings, signal); // a tenth of the cost, and none of the page tables' of a heap
  if (!total.ok) return total;
  const parser = createSmapsParser(maxMappings);
  await readPieces(readLater, { take: parser.take, signal });
  if (signal.aborted) return missing('timeout', `the walk over the mappings of process ${pid} took too long`);
  const reading = parser.finish();
  if (!reading.ok) return reading;
  if (reading.value.length === 0) return missing('gone', `process ${pid} has no memory: it has exited, or is a kernel thread`);
  if (await isTornDown(readLater)) return missing('gone', `process ${pid} exited, or ran another program, while its mappings were read`);
  return reading;
}

/**
 * A walk that loses its address space ends like one that is complete (fs/proc/task_mmu.c, m_start), and what it told would pass for all.
 * One byte from the start asks whether it is still there: the kernel makes the text of one mapping for it, not of a page full.
 */
async function isTornDown(readLater: ReadLater): Promise<boolean> {
  return (await readLater(Buffer.allocUnsafe(1), 0, 1, 0)) === 0;
}

/**
 * How many mappings a process has, from /proc/PID/maps: a tenth of the cost of smaps, to the target as well. More than `maxMappings` are
 * `too-large`, and no more are counted. The same right as for smaps.
 */
export function countMappings(process: ProcessHandle, maxMappings: number, signal: AbortSignal): Promise<Reading<number>> {
  return withLockedFile(process, 'maps', signal, async (readLater) => {
    let count = 0;
    const take = (piece: string) => {
      for (let at = piece.indexOf('\n'); at !== -1; at = piece.indexOf('\n', at + 1)) count += 1;
      return count <= maxMappings;
    };
    if (await readPieces(readLater, { take, signal })) return found(count);
    if (count > maxMappings) return missing('too-large', `process ${process.pid} has more than ${maxMappings} mappings`);
    return missing('timeout', `counting the mappings of process ${process.pid} took too long`);
  });
}
