import { readFileSync } from 'node:fs';
import { budgets } from '../../budgets.ts';
import { createSlices } from '../../files/turns.ts';
import type { AddressRange } from '../../model/address-range.ts';
import type { PresentRange } from '../../model/mapping.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { type ProcessHandle, ptraceNeeds, type Source } from '../../model/source.ts';
import { bytes } from '../../model/units.ts';
import { type ReadLater, withLockedFile } from './locked-file.ts';

/** A process, and what of its address space is asked for: rounded outwards to pages by the reader. */
export interface PresenceQuery extends ProcessHandle {
  readonly ranges: readonly AddressRange[];
}

export const maxLookedUpBytes = budgets.addressesLookedUp.maxBytes;

/** One word a page (Documentation/admin-guide/mm/pagemap.rst); little-endian on every Linux that has a Go port but s390x and ppc64. */
const wordBytes = 8;
const minRunBytes = 128 * 1024; // M_MMAP_THRESHOLD of mallopt(3): no block that C malloc maps is smaller
const bufferBytes = 64 * 1024;

/**
 * How many bytes of some ranges are present, from bit 63 of /proc/PID/pagemap. The shared zero page counts as present, in no Rss. Needs
 * what smaps needs; the bit is not among those that take CAP_SYS_ADMIN. Ranges are answered in their order until 512 MiB are used up: one
 * that is longer than what is left is not in the answer, and where none fits it is `too-large`.
 */
export const pagemap = {
  name: 'pagemap',
  without: { needs: ptraceNeeds.ownersRead, lost: 'how merged mappings share their bytes: wider intervals', families: [] },
  read(query, signal) {
    return withLockedFile(query, 'pagemap', signal, (readLater) => countRanges(readLater, query, signal));
  },
} as const satisfies Source<PresenceQuery, readonly PresentRange[]>;

async function countRanges(
  readLater: ReadLater,
  { pid, ranges }: PresenceQuery,
  signal: AbortSignal,
): Promise<Reading<readonly PresentRange[]>> {
  const words = wordsOf(readLater, signal);
  const page = pageSize();
  const answers: PresentRange[] = [];
  let left = maxLookedUpBytes;
  for (const { start, end } of ranges) {
    if (!(start >= 0 && end > start && Number.isSafeInteger(end)))
      return missing('malformed', `pagemap: ${start} to ${end} is no range of addresses`);
    if (end - start > left) continue;
    left -= end - start;
    const count = await countPages(words, Math.floor(start / page), Math.ceil(end / page));
    if (signal.aborted) return missing('timeout', `the pagemap of process ${pid} was not read in time`);
    if (count === undefined) return missing('gone', `process ${pid} exited while its pagemap was read`);
    const runs = count.runs.map((pages) => Math.min(pages * page, end - start)).filter((run) => run >= minRunBytes);
    answers.push({ start, end, present: bytes(Math.min(count.present * page, end - start)), runs });
  }
  if (answers.length > 0 || ranges.length === 0) return found(answers);
  return missing('too-large', `pagemap: each of the ranges is longer than ${maxLookedUpBytes} bytes`);
}

/** What of a stretch of address space is present. */
interface PageCount {
  present: number;
  /** Lengths of stretches of present pages; the last one may go on. */
  readonly runs: number[];
  /** Whether the last page was present. */
  goesOn: boolean;
}

/** Up to so many words from the one of a page on, in slices of time; none when the address space has gone, or the poll is over. */
type Words = (first: number, maxWords: number) => Promise<Uint8Array>;

function wordsOf(readLater: ReadLater, signal: AbortSignal): Words {
  const slices = createSlices(signal);
  const into = Buffer.allocUnsafe(bufferBytes);
  return async (first, maxWords) => {
    if (!(await slices.pause())) return into.subarray(0, 0);
    return into.subarray(0, await readLater(into, 0, Math.min(into.length, maxWords * wordBytes), first * wordBytes));
  };
}

/** `undefined` when the address space has gone: then the file ends at once (fs/proc/task_mmu.c, pagemap_read). */
async function countPages(words: Words, first: number, end: number): Promise<PageCount | undefined> {
  const count: PageCount = { present: 0, runs: [], goesOn: false };
  for (let at = first; at < end; ) {
    const piece = await words(at, end - at);
    if (piece.length < wordBytes) return undefined;
    countPresent(piece, count);
    at += Math.floor(piece.length / wordBytes);
  }
  return count;
}

/** Counts on: how many of the words have bit 63, and how many of those follow one another. */
export function countPresent(words: Uint8Array, count: PageCount = { present: 0, runs: [], goesOn: false }): PageCount {
  for (let at = wordBytes - 1; at < words.length; at += wordBytes) {
    const isPresent = (words[at] ?? 0) >= 0x80;
    if (isPresent) {
      count.present += 1;
      if (!count.goesOn) count.runs.push(0);
      count.runs[count.runs.length - 1] = (count.runs.at(-1) ?? 0) + 1;
    }
    count.goesOn = isPresent;
  }
  return count;
}

let known: number | undefined;

/** AT_PAGESZ of getauxval(3), of this process: it is the kernel's. 4096 on amd64, up to 65536 on arm64 and ppc64le. */
export function pageSize(): number {
  known ??= pageSizeIn(readFileSync('/proc/self/auxv'));
  return known;
}

/** Pure: the page size in the auxiliary vector, pairs of words. */
export function pageSizeIn(auxv: Buffer): number {
  for (let at = 0; at + 16 <= auxv.length; at += 16) if (auxv.readBigUInt64LE(at) === 6n) return Number(auxv.readBigUInt64LE(at + 8));
  return 4096;
}
