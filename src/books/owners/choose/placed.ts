import { type AddressRange, firstEndingAfter, overlap, sizeOf } from '../../../model/address-range.ts';
import type { Claim, Piece, Rule } from '../component.ts';

const byPlace: ReadonlySet<Rule> = new Set<Rule>(['near-islands', 'index']);

/** Whether nothing but its place says that it is Go's: what was mapped before the runtime started, or put into a hole there, lies in the same place. */
export function isPlaced({ rule }: Pick<Claim, 'rule'>): boolean {
  return byPlace.has(rule);
}

/** Resident bytes that are called Go's by their place alone: as booked, and at most. */
export interface Placed {
  readonly rss: number;
  readonly high: number;
}

/** `proven` is what an earlier walk showed to be Go's, by address. In a binary without C nothing runs before the runtime does. */
export function placedOf(pieces: readonly Piece[], proven: readonly AddressRange[], hasC: boolean): Placed {
  const placed = { rss: 0, high: 0 };
  if (!hasC) return placed;
  for (const piece of pieces) {
    if (!isPlaced(piece)) continue;
    const open = sizeOf(piece) - provenIn(piece, proven);
    placed.rss += Math.min(piece.rss, open);
    placed.high += Math.min(piece.high, open);
  }
  return placed;
}

function provenIn(piece: AddressRange, proven: readonly AddressRange[]): number {
  let sum = 0;
  for (let at = firstEndingAfter(proven, piece.start); at < proven.length; at += 1) {
    const range = proven[at];
    const both = range === undefined ? undefined : overlap(piece, range);
    if (both === undefined) break;
    sum += sizeOf(both);
  }
  return sum;
}
