import { budgets } from '../../budgets.ts';
import type { Slices } from '../../files/turns.ts';
import type { AddressRange } from '../../model/address-range.ts';
import { headerBytes, mappedChunkSize, minMappedBytes } from './malloc-headers.ts';
import type { ProcessMemory } from './memory.ts';
import { pageSize } from './pagemap.ts';

/** What of a part are blocks that malloc mapped one by one, neighbors joined, and how many headers were read. */
interface Blocks {
  readonly ranges: readonly AddressRange[];
  readonly headersRead: number;
}

const maxSkippedHeaders = budgets.mallocSkipped.maxEntries;
const headersBetweenPauses = 256;

/**
 * From the start of a part on one block behind the other, by their headers. The kernel joins neighbors, and puts a block into any hole that
 * is large enough: in front of blocks, and between them, there may be memory of Go's (a whole leak was missed for 1 MiB of it), or a block
 * of which the first page was swapped out. Pages that are not resident are not read. `undefined` when the poll is over.
 */
export async function findBlocks(
  memory: ProcessMemory,
  part: AddressRange,
  maxHeaders: number,
  slices: Slices,
): Promise<Blocks | undefined> {
  const ranges: AddressRange[] = [];
  let headersRead = 0;
  let skipped = 0;
  for (
    let at: number | undefined = part.start;
    at !== undefined && at < part.end && headersRead < maxHeaders && skipped < maxSkippedHeaders;
  ) {
    if (headersRead % headersBetweenPauses === 0 && !(await slices.pause())) return undefined;
    headersRead += 1;
    const size = mappedChunkSize(memory.read(at, headerBytes), part.end - at);
    const last = ranges.at(-1);
    if (size !== undefined && last?.end === at) {
      ranges[ranges.length - 1] = { start: last.start, end: at + size };
      at += size;
    } else if (size !== undefined && (at === part.start || size >= minMappedBytes)) {
      ranges.push({ start: at, end: at + size });
      at += size;
    } else {
      skipped += 1;
      at = nextPresent(memory, at + pageSize(), part.end);
    }
  }
  return { ranges, headersRead };
}

const windowBytes = 2 * 1024 * 1024; // of address space: 4 KiB of pagemap
const maxWindows = 512;

function nextPresent(memory: ProcessMemory, from: number, end: number): number | undefined {
  if (from >= end) return undefined;
  if (memory.present(from, from + 1, 1).length > 0) return from;
  for (let at = from, headersRead = 0; at < end && headersRead < maxWindows; at += windowBytes, headersRead += 1) {
    const [stretch] = memory.present(at, end, windowBytes);
    if (stretch !== undefined) return stretch.start;
  }
  return undefined;
}
