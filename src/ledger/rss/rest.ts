import type { Piece } from './component.ts';
import { sizeOf, sizesOf } from './ranges.ts';
import { goArenaIndex, rounding } from './sizes.ts';

const indexResident = 64 * 1024; // of the arena index: one page for each 32 GiB of heap, 4 to 12 KiB were seen

/** Resident bytes of the rest that are not Go's: the truth lies between `low` and `high`. */
export interface ForeignShare {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** Of `estimate`, what lies in mappings that start with a chunk of malloc's. */
  readonly malloc: number;
}

/**
 * Shares the anonymous rest out by the second identity: `foreign` (N) of its bytes of address space are not Go's. N up to 128 KiB is the rounding
 * of Go's own requests to pages: all is Go's, and what is resident of N is ambiguity. Else the bounds follow from what Go has left in the rest,
 * less the arena index, which is as good as never resident: in 28 of 28 injections the truth lay inside. The estimate takes the largest first.
 */
export function shareRest(
  rest: readonly Piece[],
  foreign: number,
  isIndexElsewhere: boolean,
  chunkStarts: ReadonlySet<number>,
): ForeignShare {
  const resident = rest.reduce((sum, { rss }) => sum + rss, 0);
  const size = sizesOf(rest);
  const theirs = Math.min(Math.max(0, foreign), size);
  const high = Math.min(theirs, resident);
  if (foreign <= rounding) return { estimate: 0, low: 0, high, malloc: 0 };
  const gos = size - theirs;
  const gosResident = !isIndexElsewhere && gos >= goArenaIndex ? gos - goArenaIndex + indexResident : gos;
  const low = Math.min(high, Math.max(0, resident - gosResident));
  const { sum, malloc } = largestFirst(rest, theirs, isIndexElsewhere, chunkStarts);
  const estimate = Math.min(high, Math.max(low, sum));
  return { estimate, low, high, malloc: Math.min(malloc, estimate) };
}

/**
 * Which resident bytes are foreign, if foreign memory came in large mappings: those with a chunk's header first, then by size, not counting the arena
 * index, which the mapping with the most untouched room holds.
 */
function largestFirst(
  rest: readonly Piece[],
  foreign: number,
  isIndexElsewhere: boolean,
  chunkStarts: ReadonlySet<number>,
): { readonly sum: number; readonly malloc: number } {
  const holder = isIndexElsewhere ? undefined : rest.findLast((piece) => sizeOf(piece) - piece.rss >= goArenaIndex - indexResident);
  const candidates = rest
    .map((piece) => ({
      piece,
      isChunk: chunkStarts.has(piece.start),
      room: sizeOf(piece) - (piece === holder ? Math.min(goArenaIndex, sizeOf(piece)) : 0),
    }))
    .sort((a, b) => Number(b.isChunk) - Number(a.isChunk) || b.room - a.room);
  let left = foreign;
  let sum = 0;
  let malloc = 0;
  for (const { piece, isChunk, room } of candidates) {
    const size = Math.min(left, room);
    if (size <= 0) break;
    left -= size;
    const resident = Math.min(piece.rss, size);
    sum += resident;
    if (isChunk) malloc += resident;
  }
  return { sum, malloc };
}
