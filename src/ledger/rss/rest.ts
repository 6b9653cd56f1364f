import type { Piece } from './component.ts';
import { sizeOf, sizesOf } from './ranges.ts';
import { goArenaIndex, rounding } from './sizes.ts';

const page = 4096;
const ownRounding = 64 * 1024; // 1 to 33 KiB of N were Go's own, and 4 to 12 KiB of the arena index were resident (one page for 32 GiB of heap)

/** Resident bytes of the rest that are not Go's: the truth lies between `low` and `high`. */
export interface ForeignShare {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** Of `estimate`, what lies in mappings that start with a chunk of malloc's. */
  readonly malloc: number;
}

/** What tells the rest's owners apart. */
export interface RestEvidence {
  /** N of the second identity. */
  readonly foreign: number;
  /** At most so much of N may lie in what earlier walks gave to Go. */
  readonly absorbed: number;
  /** The arena index is known to lie outside of the rest. */
  readonly isIndexElsewhere: boolean;
  /** Mappings that start with a chunk of malloc's. */
  readonly chunkStarts: ReadonlySet<number>;
}

/**
 * Shares the anonymous rest out by the second identity: `foreign` (N) of its bytes of address space are not Go's. N up to 128 KiB is the rounding
 * of Go's own requests to pages: all is Go's, and what is resident of N is ambiguity. Else the bounds follow from what Go has left in the rest,
 * less the arena index, which is as good as never resident: in 28 of 28 injections the truth lay inside. The estimate takes the largest first.
 */
export function shareRest(rest: readonly Piece[], evidence: RestEvidence): ForeignShare {
  const { foreign, absorbed, isIndexElsewhere } = evidence;
  const resident = rest.reduce((sum, { rss }) => sum + rss, 0);
  const atLeast = rest.reduce((sum, { low }) => sum + low, 0);
  const atMost = rest.reduce((sum, { high }) => sum + high, 0);
  const size = sizesOf(rest);
  const pages = Math.max(0, Math.floor(foreign / page) * page); // whoever maps, maps pages
  const theirs = Math.min(pages, size);
  const high = Math.min(pages, atMost + absorbed);
  if (foreign <= rounding) return { estimate: 0, low: 0, high, malloc: 0 };
  const gos = size - pages;
  const gosResident = Math.max(0, (!isIndexElsewhere && gos >= goArenaIndex ? gos - goArenaIndex : gos) + ownRounding);
  const low = Math.min(high, Math.max(0, atLeast - gosResident));
  const { sum, malloc } = largestFirst(rest, theirs, evidence);
  const estimate = Math.min(high, resident, Math.max(low, sum));
  return { estimate, low, high, malloc: Math.min(malloc, estimate) };
}

/**
 * Which resident bytes are foreign, if foreign memory came in large mappings, or in many of one size: those with a chunk's header first, then by size
 * (of all of that size together), not counting the arena index, which the mapping with the most untouched room holds.
 */
function largestFirst(
  rest: readonly Piece[],
  foreign: number,
  { isIndexElsewhere, chunkStarts }: RestEvidence,
): { readonly sum: number; readonly malloc: number } {
  const holder = isIndexElsewhere ? undefined : rest.findLast((piece) => sizeOf(piece) - piece.rss >= goArenaIndex - ownRounding);
  const roomOf = (piece: Piece) => sizeOf(piece) - (piece === holder ? Math.min(goArenaIndex, sizeOf(piece)) : 0);
  const together = new Map<number, number>();
  for (const piece of rest) together.set(roomOf(piece), (together.get(roomOf(piece)) ?? 0) + roomOf(piece));
  const candidates = rest
    .map((piece) => ({ piece, isChunk: chunkStarts.has(piece.start), room: roomOf(piece), group: together.get(roomOf(piece)) ?? 0 }))
    .sort((a, b) => Number(b.isChunk) - Number(a.isChunk) || b.group - a.group || b.piece.rss - a.piece.rss);
  let left = foreign;
  let sum = 0;
  let malloc = 0;
  for (const { piece, isChunk, room } of candidates) {
    const size = Math.min(left, room);
    if (size <= 0) continue;
    left -= size;
    const resident = Math.min(piece.rss, size);
    sum += resident;
    if (isChunk) malloc += resident;
  }
  return { sum, malloc };
}
