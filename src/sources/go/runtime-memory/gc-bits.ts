import type { ProcessMemory } from '../../process/memory.ts';
import type { Range } from './data-ranges.ts';
import { holds, sorted } from './in-ranges.ts';
import { agree, type Span } from './spans.ts';
import { wordAt, wordsOf } from './words.ts';

const arenaSize = 64 * 1024; // gcBitsChunkBytes of runtime/mheap.go
const headerSize = 16; // free, next
const lists = 4; // free, next, current and previous of gcBitsArenas
const mostArenas = 4096;
const mostNewer = 64;
const page = 4096;

/**
 * What the runtime mapped for the heap's allocation and mark bits: four lists (gcBitsArenas of runtime/mheap.go), of which one begins with the address
 * at `at`. Believed if each list ends, its members lie in the `parts` (but for some that may have been mapped since these were looked up) and
 * say no more of them is taken than there is, and the spans in use have their bits in what is taken.
 */
export function gcBitsAround(
  memory: ProcessMemory,
  at: number,
  spans: readonly Span[],
  parts: readonly Range[],
): readonly Range[] | undefined {
  let most: readonly Range[] | undefined;
  for (let first = at - (lists - 1) * 8; first <= at; first += 8) {
    const arenas = listed(memory, first, parts);
    if (arenas === undefined || arenas.length <= (most?.length ?? 0) || !haveBitsIn(arenas, spans)) continue;
    most = arenas.map(({ start }) => ({ start, end: start + arenaSize }));
  }
  return most;
}

/** What is taken of the members of the four lists. */
function listed(memory: ProcessMemory, first: number, parts: readonly Range[]): readonly Range[] | undefined {
  const heads = wordsOf(memory.read(first, lists * 8));
  const arenas = new Map<number, Range>();
  let newer = 0;
  for (let index = 0; index < lists; index += 1) {
    for (let at = wordAt(heads, index * 2); at !== 0; ) {
      if (at % page !== 0 || arenas.has(at) || arenas.size === mostArenas) return undefined;
      if (!holds(parts, at, arenaSize)) newer += 1;
      const words = wordsOf(memory.read(at, headerSize));
      const taken = wordAt(words, 0);
      if (!(taken <= 2 * arenaSize)) return undefined; // counted on before it is seen that there is no room
      arenas.set(at, { start: at, end: at + Math.min(arenaSize, headerSize + taken) });
      at = wordAt(words, 2);
    }
  }
  return newer <= mostNewer && newer < arenas.size ? [...arenas.values()] : undefined;
}

function haveBitsIn(arenas: readonly Range[], spans: readonly Span[]): boolean {
  const taken = sorted(arenas);
  const isIn = (word: number) => holds(taken, word, 1) && !taken.some(({ start }) => start <= word && word < start + headerSize);
  const right = spans.filter(({ bits }) => bits.some(isIn)).length;
  return agree(right, spans.length);
}
