import type { ProcessMemory } from '../../kernel/memory/memory.ts';
import { type AddressRange, isPage, page } from '../../model/address-range.ts';
import { goRuntime } from '../../model/go-layouts.ts';
import { arenaBaseOffset } from './arena-index.ts';
import { wordAt, wordsOf } from './memory-words.ts';

const { pallocChunkBytes: chunk, scavengeIndexBytes: capacity } = goRuntime;

/**
 * The index of what can be given back, whose slice (scavengeIndex.chunks of runtime/mgcscavenge.go, 1.19 and 1.20) stands at `at`: 8 MiB
 * are reserved and mapped from their beginning up to what is said of the `heap`; later releases map an island of it. Believed if the slice
 * has just that capacity, the mapped part ends with the page of the heap's last chunk, and nothing stands in it but for chunks of the heap.
 */
export function scavengeIndexAt(
  memory: ProcessMemory,
  at: number,
  heap: readonly AddressRange[],
  parts: readonly AddressRange[],
): readonly AddressRange[] | undefined {
  const slice = wordsOf(memory.read(at, 24));
  const start = wordAt(slice, 0);
  if (wordAt(slice, 2) !== capacity || wordAt(slice, 4) !== capacity || !isPage(start, parts)) return undefined;
  const [lowest, highest] = [heap[0], heap.at(-1)]; // by address
  if (lowest === undefined || highest === undefined) return undefined;
  const [first, last] = [byteOf(lowest.start), byteOf(highest.end - 1)];
  const end = start + Math.ceil((last + 1) / page) * page;
  if (!parts.some((part) => part.end === end && part.start <= start)) return undefined;
  for (const stretch of memory.present(start, end, end - start)) {
    for (let from = stretch.start; from < stretch.end; from += page) {
      const bytes = memory.read(from, page);
      if (bytes.some((byte, index) => byte !== 0 && !isBetween(from - start + index, first, last))) return undefined;
    }
  }
  return [{ start, end }];
}

function byteOf(address: number): number {
  return Math.floor((address + arenaBaseOffset) / chunk / 8);
}

function isBetween(value: number, first: number, last: number): boolean {
  return first <= value && value <= last;
}
