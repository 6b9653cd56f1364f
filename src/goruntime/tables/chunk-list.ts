import { budgets } from '../../budgets.ts';
import type { ProcessMemory } from '../../kernel/memory/memory.ts';
import { type AddressRange, byAddress, holds, page } from '../../model/address-range.ts';
import { goRuntime } from '../../model/go-layouts.ts';
import { addressAt } from './memory-words.ts';
import type { Span } from './spans.ts';

const { persistentChunkSize } = goRuntime;
const maxChunks = budgets.persistentChunks.maxEntries;
const maxNewer = 64;

/** The list of the runtime's chunks for small things. */
export interface ChunkList {
  /** Where the address of the newest stands. */
  readonly at: number;
  /** By address. */
  readonly ranges: readonly AddressRange[];
}

/**
 * The list that begins at one of the places. Believed if all descriptors of spans lie in it, and there is no other such list: of lists that
 * end alike the shortest is the runtime's, for whoever writes the address of its newest chunk into memory of his own makes a longer one;
 * but for the chunk that is being taken from, which the runtime keeps with how much of it is taken (persistentAlloc of runtime/malloc.go).
 */
export function chunkListAt(
  memory: ProcessMemory,
  places: readonly number[],
  spans: readonly Span[],
  parts: readonly AddressRange[],
): ChunkList | undefined {
  const lists: Array<ChunkList & { readonly newest: number }> = [];
  let left = budgets.chunkLinks.maxEntries;
  const bounded: ProcessMemory = {
    ...memory,
    read(address, size) {
      left -= 1;
      return left < 0 ? Buffer.alloc(0) : memory.read(address, size);
    },
  };
  for (const at of places) {
    const newest = addressAt(bounded, at);
    const ranges = byAddress(chunksFrom(bounded, newest, parts) ?? []);
    if (left < 0) return undefined; // of what was not followed any may be the runtime's
    if (spans.every((span) => holds(ranges, span.at, 8))) lists.push({ at, newest, ranges });
  }
  lists.sort((a, b) => a.ranges.length - b.ranges.length);
  const longest = lists.at(-1);
  if (longest === undefined || !lists.every(({ newest }) => longest.ranges.some(({ start }) => start === newest))) return undefined;
  return lists.find(({ at }) => !isTakenFrom(memory, at)) ?? longest;
}

/**
 * Each chunk begins with the address of the one before (persistentalloc1 of runtime/malloc.go, the same from 1.19 to 1.27). `undefined` if
 * the list does not end, or a chunk does not lie in one of the `parts`; but the newest may have been mapped since these were looked up. Any
 * page that begins with a zero looks like a list of one.
 */
export function chunksFrom(memory: ProcessMemory, newest: number, parts: readonly AddressRange[]): readonly AddressRange[] | undefined {
  const chunks: AddressRange[] = [];
  let newer = 0;
  for (let at = newest; at !== 0; at = addressAt(memory, at)) {
    if (chunks.length === maxChunks || at % page !== 0) return undefined; // nor is it a number where nothing can be read
    if (!holds(parts, at, persistentChunkSize)) {
      if (newer < chunks.length || newer === maxNewer) return undefined;
      newer += 1;
    }
    chunks.push({ start: at, end: at + persistentChunkSize });
  }
  return chunks.length === newer ? undefined : chunks;
}

function isTakenFrom(memory: ProcessMemory, at: number): boolean {
  const taken = addressAt(memory, at + 8);
  return taken > 0 && taken <= persistentChunkSize;
}
