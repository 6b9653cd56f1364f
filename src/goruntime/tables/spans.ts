import type { ProcessMemory } from '../../kernel/memory/memory.ts';
import { everyGo, goRuntime } from '../../model/go-layouts.ts';
import { wordAt, wordsOf } from './memory-words.ts';

/** A span of the Go heap that is in use: what its descriptor (mspan of runtime/mheap.go) tells. */
export interface Span {
  /** Where the descriptor lies. */
  readonly at: number;
  readonly start: number;
  readonly pages: number;
  /** Words among which are the addresses of its allocation and mark bits. */
  readonly bits: readonly number[];
}

const { startAddr } = goRuntime.mspan;
const bitsOffsets = [...new Set(everyGo('allocBits').flatMap((at) => [at, at + 8]))]; // allocBits and gcmarkBits
const size = Math.max(...bitsOffsets) + 8;

/** What stands at the address of a descriptor; `undefined` where there can be none. */
export function spanAt(memory: ProcessMemory, at: number): Span | undefined {
  const words = wordsOf(memory.read(at, size));
  if (words.length < size / 4) return undefined;
  const start = wordAt(words, startAddr / 4);
  const pages = wordAt(words, startAddr / 4 + 2);
  if (!(start > 0 && start % goRuntime.pageSize === 0 && pages > 0)) return undefined;
  return { at, start, pages, bits: bitsOffsets.map((offset) => wordAt(words, offset / 4)) };
}

/** Some of them, from all over. */
export function someOf<T>(all: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, all.length / count);
  return Array.from({ length: Math.min(all.length, count) }, (_, index) => all[Math.floor(index * step)]).filter(
    (one) => one !== undefined,
  );
}

/** Whether enough of the looks at a program that runs meanwhile agree; one that does not may have been overtaken. */
export function agree(right: number, checked: number): boolean {
  return right > 0 && right >= checked * 0.75;
}
