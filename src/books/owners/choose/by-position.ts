import { type AddressRange, firstEndingAfter, overlap, sizeOf } from '../../../model/address-range.ts';
import type { Claim, ResidentPiece, Rule } from '../component.ts';

const positionRules: ReadonlySet<Rule> = new Set<Rule>(['near-islands', 'index']);

/** Whether nothing but its place says that it is Go's: what was mapped before the runtime started, or into a hole, lies there too. */
export function isByPosition({ rule }: Pick<Claim, 'rule'>): boolean {
  return positionRules.has(rule);
}

/** Resident bytes that are called Go's by their place alone: as booked, and at most. */
export interface ClaimedByPosition {
  readonly rss: number;
  readonly high: number;
}

/** `proven` is what an earlier walk showed to be Go's, by address. In a binary without C nothing runs before the runtime does. */
export function claimedByPosition(pieces: readonly ResidentPiece[], proven: readonly AddressRange[], hasC: boolean): ClaimedByPosition {
  const byPosition = { rss: 0, high: 0 };
  if (!hasC) return byPosition;
  for (const piece of pieces) {
    if (!isByPosition(piece)) continue;
    const open = sizeOf(piece) - provenIn(piece, proven);
    byPosition.rss += Math.min(piece.rss, open);
    byPosition.high += Math.min(piece.high, open);
  }
  return byPosition;
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
