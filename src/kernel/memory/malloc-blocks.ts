import { budgets } from '../../budgets.ts';
import type { Slices } from '../../files/turns.ts';
import type { AddressRange } from '../../model/address-range.ts';
import { headerSize, mappedChunkSize, smallestMapped } from './malloc-headers.ts';
import type { ProcessMemory } from './memory.ts';
import { pageSize } from './pagemap.ts';

/** What of a part are blocks that malloc mapped one by one, neighbors joined, and how many headers were read. */
interface Blocks {
  readonly ranges: readonly AddressRange[];
  readonly looks: number;
}

const mostSkipped = budgets.mallocSkipped.maxEntries;
const betweenPauses = 256;

/**
 * From the start of a part on one block behind the other, by their headers. The kernel joins neighbors, and puts a block into any hole that is large
 * enough: in front of blocks, and between them, there may be memory of Go's (a whole leak was missed for 1 MiB of it), or a block of which
 * the first page was swapped out. Pages that are not resident are not read. `undefined` when the poll is over.
 */
export async function findBlocks(
  memory: ProcessMemory,
  part: AddressRange,
  mostLooks: number,
  slices: Slices,
): Promise<Blocks | undefined> {
  const ranges: AddressRange[] = [];
  let looks = 0;
  let skipped = 0;
  for (let at: number | undefined = part.start; at !== undefined && at < part.end && looks < mostLooks && skipped < mostSkipped; ) {
    if (looks % betweenPauses === 0 && !(await slices.pause())) return undefined;
    looks += 1;
    const size = mappedChunkSize(memory.read(at, headerSize), part.end - at);
    const last = ranges.at(-1);
    if (size !== undefined && last?.end === at) {
      ranges[ranges.length - 1] = { start: last.start, end: at + size };
      at += size;
    } else if (size !== undefined && (at === part.start || size >= smallestMapped)) {
      ranges.push({ start: at, end: at + size });
      at += size;
    } else {
      skipped += 1;
      at = nextPresent(memory, at + pageSize(), part.end);
    }
  }
  return { ranges, looks };
}

const window = 2 * 1024 * 1024; // of address space: 4 KiB of pagemap
const mostWindows = 512;

function nextPresent(memory: ProcessMemory, from: number, end: number): number | undefined {
  if (from >= end) return undefined;
  if (memory.present(from, from + 1, 1).length > 0) return from;
  for (let at = from, looks = 0; at < end && looks < mostWindows; at += window, looks += 1) {
    const [stretch] = memory.present(at, end, window);
    if (stretch !== undefined) return stretch.start;
  }
  return undefined;
}
