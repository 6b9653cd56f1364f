import { sizeOf, sizesOf } from '../../../model/address-range.ts';
import type { ClaimedByPosition } from '../choose/by-position.ts';
import type { ResidentPiece } from '../component.ts';
import { goArenaIndex, rounding } from '../layout.ts';

const pageBytes = 4096;
// 1 to 33 KiB of N were Go's own, and 4 to 12 KiB of the arena index were resident (one page for 32 GiB of heap)
const ownRoundingBytes = 64 * 1024;

/** Resident bytes of the rest that are not Go's: the truth lies between `low` and `high`. */
export interface NonGoShare {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** What tells the rest's owners apart. */
export interface UnclaimedEvidence {
  /** N of the second identity. */
  readonly nonGoAnon: number;
  /** At most so much of N may lie in what earlier walks gave to Go. */
  readonly maxMisattributed: number;
  /** What is called Go's by its place alone. */
  readonly byPosition: ClaimedByPosition;
  /** Resident bytes of the tables that the runtime itself tells. */
  readonly provenByRuntime: number;
  /** Resident bytes of what lies behind libraries as their bss. */
  readonly behindLibraries: number;
  /** The arena index is known to lie outside of the rest. */
  readonly isIndexElsewhere: boolean;
}

/** Shares the anonymous rest out by the second identity (docs/how-it-works.md#the-interval-of-foreign-memory). */
export function shareUnclaimed(rest: readonly ResidentPiece[], evidence: UnclaimedEvidence): NonGoShare {
  const { nonGoAnon, maxMisattributed, byPosition, provenByRuntime, behindLibraries, isIndexElsewhere } = evidence;
  const resident = rest.reduce((sum, { rss }) => sum + rss, 0);
  const atLeast = rest.reduce((sum, { low }) => sum + low, 0);
  const atMost = rest.reduce((sum, { high }) => sum + high, 0);
  const size = sizesOf(rest);
  const pages = Math.max(0, Math.floor(nonGoAnon / pageBytes) * pageBytes); // whoever maps, maps pages
  const theirs = Math.min(pages, size);
  if (nonGoAnon <= rounding) return { estimate: 0, low: 0, high: Math.min(pages, atMost + maxMisattributed + provenByRuntime) };
  const maxNonGo = Math.min(pages, atMost + maxMisattributed + byPosition.high);
  const gos = size - pages;
  const gosResident = Math.max(0, (!isIndexElsewhere && gos >= goArenaIndex ? gos - goArenaIndex : gos) + ownRoundingBytes);
  const low = Math.min(maxNonGo, Math.max(0, atLeast - gosResident));
  const inRest = Math.min(resident, Math.max(low, mostResidentFirst(rest, theirs, isIndexElsewhere)));
  const beyond = Math.min(pages - theirs, byPosition.rss); // the rest has no room for it
  const estimate = Math.min(maxNonGo, inRest + beyond);
  return { estimate, low, high: maxNonGo + behindLibraries };
}

/**
 * The estimate (docs/how-it-works.md#the-interval-of-foreign-memory): the most resident first, stretches of one size together. The arena
 * index, which the mapping with the most untouched room holds, does not count.
 */
function mostResidentFirst(rest: readonly ResidentPiece[], nonGoAnon: number, isIndexElsewhere: boolean): number {
  const holder = isIndexElsewhere ? undefined : rest.findLast((piece) => sizeOf(piece) - piece.rss >= goArenaIndex - ownRoundingBytes);
  const stretches = rest.flatMap((piece) => stretchesOf(piece, piece === holder ? goArenaIndex : 0));
  const together = new Map<number, number>();
  for (const { room, rss } of stretches) together.set(room, (together.get(room) ?? 0) + rss);
  stretches.sort((a, b) => (together.get(b.room) ?? 0) - (together.get(a.room) ?? 0) || b.rss - a.rss);
  let left = nonGoAnon;
  let sum = 0;
  for (const { room, rss } of stretches) {
    const size = Math.min(left, room);
    left -= size;
    sum += Math.min(rss, size);
  }
  return sum;
}

interface ResidentStretch {
  readonly room: number;
  readonly rss: number;
}

/** What of a piece is wholly resident, and what is left. */
function stretchesOf(piece: ResidentPiece, index: number): readonly ResidentStretch[] {
  const size = sizeOf(piece);
  const runs = piece.rss < size ? (piece.runs ?? []) : [];
  const full = Math.min(
    piece.rss,
    runs.reduce((sum, run) => sum + run, 0),
  );
  const others = { room: Math.max(0, size - full - index), rss: piece.rss - full };
  return full === 0 ? [others] : [...runs.map((run) => ({ room: run, rss: run })), others];
}
