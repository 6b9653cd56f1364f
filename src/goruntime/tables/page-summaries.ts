import type { ProcessMemory } from '../../kernel/memory/memory.ts';
import { type AddressRange, holds, isPage, page } from '../../model/address-range.ts';
import { goRuntime } from '../../model/go-layouts.ts';
import { arenaBaseOffset } from './arena-index.ts';
import { wordAt, wordsOf } from './memory-words.ts';

const { summaryLevels, summariesOfFirstLevel, summariesOfNextLevel } = goRuntime;
/** How many summaries each level can have. */
const capacities = Array.from({ length: summaryLevels }, (_, level) => summariesOfFirstLevel * summariesOfNextLevel ** level);
const sliceSize = 24;
const covered = 2 ** 48 / summariesOfFirstLevel; // bytes of address space that a summary of the first level is about

/**
 * The first level of the page allocator's summaries, 128 KiB of which the runtime maps all at once; of the others it maps islands in seas.
 * At `at` stand the slices of the five levels (pageAlloc.summary of runtime/mpagealloc.go). Believed if they have just the capacities that
 * they must have, and nothing stands in the first level but for the 16 GiB that have heap, which were written.
 */
export function summariesAt(
  memory: ProcessMemory,
  at: number,
  heap: readonly AddressRange[],
  parts: readonly AddressRange[],
): readonly AddressRange[] | undefined {
  const words = wordsOf(memory.read(at, capacities.length * sliceSize));
  const slices = capacities.map((capacity, level) => {
    const [start, length, room] = [0, 2, 4].map((word) => wordAt(words, (level * sliceSize) / 4 + word));
    return { start: start ?? 0, isRight: (start ?? 0) % page === 0 && (length ?? 0) > 0 && (length ?? 0) <= capacity && room === capacity };
  });
  const start = slices[0]?.start ?? 0;
  const end = start + summariesOfFirstLevel * 8;
  if (!slices.every(({ isRight }) => isRight) || !isPage(start, parts) || !holds(parts, start, end - start)) return undefined;
  return isEmptyButFor(heap, memory, { start, end }) ? [{ start, end }] : undefined;
}

/** Its summaries of heap were written, though a full heap's is zero, and all others are empty. */
function isEmptyButFor(heap: readonly AddressRange[], memory: ProcessMemory, { start, end }: AddressRange): boolean {
  const known = new Set<number>();
  for (const range of heap) {
    for (let slot = slotOf(range.start); slot <= slotOf(range.end - 1); slot += 1) known.add(slot);
  }
  let written = false;
  for (const stretch of memory.present(start, end, end - start)) {
    for (let at = stretch.start; at < stretch.end; at += page) {
      const words = wordsOf(memory.read(at, page));
      for (let index = 0; index < words.length; index += 2) {
        if (known.has((at - start) / 8 + index / 2)) written = true;
        else if (words[index] !== 0 || words[index + 1] !== 0) return false;
      }
    }
  }
  return written;
}

function slotOf(address: number): number {
  return Math.floor((address + arenaBaseOffset) / covered);
}
