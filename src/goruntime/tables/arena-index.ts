import { budgets } from '../../budgets.ts';
import type { ProcessMemory } from '../../kernel/memory/memory.ts';
import { type AddressRange, holds, isPage, page } from '../../model/address-range.ts';
import { everyGo, goRuntime } from '../../model/go-layouts.ts';
import { addressAt, wordAt, wordsOf } from './memory-words.ts';
import { agree, type Span, someOf, spanAt } from './spans.ts';

const { heapArenaBytes, arenaIndexBytes, pageSize } = goRuntime;
/** Of the machine that memgap runs on, which is the target's: what is added to an address before it is an index. */
export const arenaBaseOffset = process.arch === 'x64' ? goRuntime.arenaBaseOffsetAmd64 : 0;
const pages = heapArenaBytes / pageSize;
const tableSize = pages * 8;
const inUseSize = pages / 8;
const spansOffsets = everyGo('spans');
const maxArenas = budgets.heapArenas.maxEntries;
const sampledSpans = 16;

/** What the runtime's index of its heap leads to. */
export interface HeapArenas {
  /** The index, and the tables that the runtime keeps of each arena. */
  readonly ranges: readonly AddressRange[];
  /** Some of the spans in use in each. */
  readonly spans: readonly Span[];
}

/**
 * The index at an address (mheap.arenas of runtime/mheap.go), which holds the address of a table (heapArena) for each arena of the `heap`.
 * A table is believed if the spans that it calls in use are described as beginning at the very pages of the arena that they are listed for.
 * Where the descriptors lie is for the caller to judge.
 */
export function arenaIndexIn(
  memory: ProcessMemory,
  start: number,
  heap: readonly AddressRange[],
  parts: readonly AddressRange[],
): HeapArenas | undefined {
  if (!isPage(start, parts) || !holds(parts, start, arenaIndexBytes)) return undefined;
  const ranges: AddressRange[] = [{ start, end: start + arenaIndexBytes }];
  const spans: Span[] = [];
  for (const arena of arenasOf(heap)) {
    const at = addressAt(memory, start + ((arena + arenaBaseOffset) / heapArenaBytes) * 8);
    const table = isPage(at, parts) ? tableAt(memory, at, arena, parts) : undefined;
    if (table === undefined) continue;
    ranges.push(table.range);
    for (const span of table.spans) spans.push(span);
  }
  return spans.length === 0 ? undefined : { ranges, spans };
}

function arenasOf(heap: readonly AddressRange[]): readonly number[] {
  const arenas = new Set<number>();
  for (const { start, end } of heap) {
    for (let at = start - (start % heapArenaBytes); at < end && arenas.size < maxArenas; at += heapArenaBytes) arenas.add(at);
  }
  return [...arenas];
}

function tableAt(memory: ProcessMemory, start: number, arena: number, parts: readonly AddressRange[]) {
  for (const offset of spansOffsets) {
    const spansAt = start + offset;
    const sure = { start, end: spansAt + tableSize + page }; // three or four sets of bits for its pages follow, and two words
    if (!holds(parts, start, sure.end - start)) continue;
    const listed = someOf(pagesIn(memory.read(spansAt + tableSize, inUseSize)), sampledSpans);
    const spans: Span[] = [];
    for (const index of listed) {
      const span = spanAt(memory, addressAt(memory, spansAt + index * 8));
      if (span?.start === arena + index * pageSize) spans.push(span);
    }
    if (!agree(spans.length, listed.length)) continue;
    const isLonger = holds(parts, sure.end, page) && isLastPage(memory, sure.end, arena, spans);
    return { range: { start, end: sure.end + (isLonger ? page : 0) }, spans };
  }
  return undefined;
}

/** The pages of an arena at which spans in use begin, by the bits of the table. */
function pagesIn(bits: Uint8Array): readonly number[] {
  const set: number[] = [];
  for (const [index, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit += 1) if ((byte >> bit) & 1) set.push(index * 8 + bit);
  }
  return set;
}

/**
 * Since 1.25 the last two words of a table have a page of their own: nothing, and how far the arena has ever been used (zeroedBase), which
 * is not before the end of any span of it.
 */
function isLastPage(memory: ProcessMemory, start: number, arena: number, spans: readonly Span[]): boolean {
  const words = wordsOf(memory.read(start, page));
  const used = wordAt(words, 2);
  if (words.length < page / 4 || used > heapArenaBytes || used % pageSize !== 0) return false;
  return words.every((word, index) => index === 2 || word === 0) && spans.every((span) => endIn(arena, span) <= used);
}

function endIn(arena: number, span: Span): number {
  return Math.min(heapArenaBytes, span.start + span.pages * pageSize - arena);
}
