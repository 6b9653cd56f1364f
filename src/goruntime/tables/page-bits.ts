import { maxReadBytes, type ProcessMemory } from '../../kernel/memory/memory.ts';
import { type AddressRange, holds, isPage } from '../../model/address-range.ts';
import { goRuntime } from '../../model/go-layouts.ts';
import { arenaBaseOffset } from './arena-index.ts';
import { addressAt, wordAt, wordsOf } from './memory-words.ts';
import { agree, type Span } from './spans.ts';

const { pallocChunkBytes: chunk, pallocChunksOfTable: chunksOfTable, pallocTables: slots, pageSize } = goRuntime;
const pages = chunk / pageSize;
const each = (2 * pages) / 8; // a bit for each page that is taken, and then one for each that was given back

/**
 * The page allocator's tables (pageAlloc.chunks of runtime/mpagealloc.go), one for 32 GiB of addresses; at `at` stands the address of the
 * one for the first of the spans. Believed if all of the array that it stands in is empty but for the slots of 32 GiB that have heap, and
 * the tables say that spans in use are taken and not given back.
 */
export function pageBitsAt(
  memory: ProcessMemory,
  at: number,
  spans: readonly Span[],
  parts: readonly AddressRange[],
): readonly AddressRange[] | undefined {
  const [first] = spans;
  if (first === undefined) return undefined;
  const array = at - slotOf(first) * 8;
  const tables = new Map<number, number>();
  let right = 0;
  for (const span of spans) {
    const slot = slotOf(span);
    const start = tables.get(slot) ?? addressAt(memory, array + slot * 8);
    if (!isPage(start, parts) || !holds(parts, start, chunksOfTable * each)) return undefined;
    tables.set(slot, start);
    if (isTaken(memory, start, span)) right += 1;
  }
  if (!agree(right, spans.length) || !isEmptyBut(memory, array, tables)) return undefined;
  return [...tables.values()].map((start) => ({ start, end: start + chunksOfTable * each }));
}

function slotOf({ start }: Span): number {
  return Math.floor((start + arenaBaseOffset) / chunk / chunksOfTable);
}

function isTaken(memory: ProcessMemory, table: number, { start }: Span): boolean {
  const bits = memory.read(table + (Math.floor(start / chunk) % chunksOfTable) * each, each);
  const index = (start % chunk) / pageSize;
  const bitOf = (from: number) => ((bits[from + (index >> 3)] ?? 0) >> (index & 7)) & 1;
  return bitOf(0) === 1 && bitOf(each / 2) === 0;
}

function isEmptyBut(memory: ProcessMemory, array: number, tables: ReadonlyMap<number, number>): boolean {
  for (const stretch of memory.present(array, array + slots * 8, maxReadBytes)) {
    const words = wordsOf(memory.read(stretch.start, stretch.end - stretch.start));
    for (let index = 0; index < words.length; index += 2) {
      if (wordAt(words, index) !== (tables.get((stretch.start - array) / 8 + index / 2) ?? 0)) return false;
    }
  }
  return true;
}
