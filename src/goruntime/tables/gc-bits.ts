import { budgets } from '../../budgets.ts';
import type { ProcessMemory } from '../../kernel/memory/memory.ts';
import { type AddressRange, byAddress, holds, page } from '../../model/address-range.ts';
import { goRuntime } from '../../model/go-layouts.ts';
import { wordAt, wordsOf } from './memory-words.ts';
import { agree, type Span } from './spans.ts';

const { gcBitsChunkBytes, gcBitsHeaderBytes } = goRuntime;
const maxArenas = budgets.gcBitArenas.maxEntries;
const maxNewer = 64;

/** Where a member of a list lies, and where what is taken of it does. */
interface Arena extends AddressRange {
  readonly taken: AddressRange;
}

/**
 * What the runtime mapped for the heap's allocation and mark bits: the lists `free`, `next`, `current` and `previous` (gcBitsArenas of
 * runtime/mheap.go), of which `next` stands at `at`. Believed if each list ends, its members lie in the `parts` (but for some that may have
 * been mapped since these were looked up) and say no more of them is taken than there is, and the spans in use have their bits in what is
 * taken, of `next` and `current` and never of `free`; these two are also what tells which of four words is which.
 */
export function gcBitsAt(
  memory: ProcessMemory,
  at: number,
  spans: readonly Span[],
  parts: readonly AddressRange[],
): readonly AddressRange[] | undefined {
  const heads = wordsOf(memory.read(at - 8, 32));
  const lists: Array<readonly Arena[]> = [];
  for (let index = 0; index < 4; index += 1) {
    const list = listFrom(memory, wordAt(heads, index * 2));
    if (list === undefined) return undefined;
    lists.push(list);
  }
  const [free = [], next = [], current = [], previous = []] = lists;
  const isBegun = current.length === 0 && previous.length === 0; // before the first collection
  if (withBitsIn(free, spans) > 0 || withBitsIn(next, spans) === 0 || !(isBegun || withBitsIn(current, spans) > 0)) return undefined;
  const all = lists.flat();
  const newer = all.filter(({ start, end }) => !holds(parts, start, end - start)).length;
  const isTwice = new Set(all.map(({ start }) => start)).size < all.length;
  return newer <= maxNewer && !isTwice && agree(withBitsIn(all, spans), spans.length) ? all : undefined;
}

function listFrom(memory: ProcessMemory, first: number): readonly Arena[] | undefined {
  const arenas: Arena[] = [];
  for (let at = first; at !== 0; ) {
    if (at % page !== 0 || arenas.length === maxArenas) return undefined; // nor is it a number where nothing can be read
    const words = wordsOf(memory.read(at, gcBitsHeaderBytes));
    const taken = wordAt(words, 0);
    if (!(taken <= 2 * gcBitsChunkBytes)) return undefined; // counted on before it is seen that there is no room
    const end = at + gcBitsChunkBytes;
    arenas.push({ start: at, end, taken: { start: at + gcBitsHeaderBytes, end: Math.min(end, at + gcBitsHeaderBytes + taken) } });
    at = wordAt(words, 2);
  }
  return arenas;
}

function withBitsIn(arenas: readonly Arena[], spans: readonly Span[]): number {
  const taken = byAddress(arenas.map((arena) => arena.taken));
  return spans.filter(({ bits }) => bits.some((word) => holds(taken, word, 1))).length;
}
