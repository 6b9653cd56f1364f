import { type AddressRange, joined, sizesOf, without } from '../../model/address-range.ts';
import type { Identities } from '../identities.ts';
import { isByPosition } from './choose/by-position.ts';
import type { Classification } from './classify.ts';
import type { Claim } from './component.ts';
import { goArenaIndex, isReadWrite, mallocArena, rounding } from './layout.ts';
import type { Seen } from './seen.ts';

const unmovedBytes = 64 * 1024; // the smallest piece that Go maps

/**
 * What this walk adds (docs/how-it-works.md#from-walk-to-walk). Never more than Go's own accounts have, so that a slow leak is not taken in
 * bit by bit.
 */
export function seenNow(classification: Classification, identities: Identities | undefined, before: Seen): Seen {
  return { ...metadataSeen(classification, identities, before), mallocArenas: mallocArenasOf(classification) };
}

function metadataSeen(classification: Classification, identities: Identities | undefined, before: Seen): Omit<Seen, 'mallocArenas'> {
  const unclaimedAnon = rangesOf(classification, 'unclaimed_anon');
  const go = rangesOf(classification, 'go_metadata');
  const all = joined([...unclaimedAnon, ...go]);
  if (identities === undefined) return { go, unclaimedAnon: all, nonGoAnon: before.nonGoAnon, maxMisattributed: before.maxMisattributed };
  const { nonGoAnon, metadata } = identities;
  // a place is no proof where somebody else has memory, and tables of the runtime's are told anew at each walk: the list of all spans moves
  // as it grows
  const passing = rangesOf(classification, 'go_metadata', (claim) => isByPosition(claim) || claim.rule === 'runtime-says');
  const proven = without(go, without(passing, before.go));
  const room = goArenaIndex + metadata + rounding - sizesOf(go);
  if (nonGoAnon <= rounding && sizesOf(unclaimedAnon) <= room)
    return { go: all, unclaimedAnon: all, nonGoAnon, maxMisattributed: Math.max(0, nonGoAnon) };
  if (Math.abs(nonGoAnon - before.nonGoAnon) > unmovedBytes || before.unclaimedAnon.length === 0) {
    return { go: proven, unclaimedAnon: all, nonGoAnon, maxMisattributed: before.maxMisattributed };
  }
  const grown = without(unclaimedAnon, before.unclaimedAnon);
  const isUnmapped = sizesOf(without(before.unclaimedAnon, all)) > 0;
  const isGos = !isUnmapped && sizesOf(grown) <= room;
  const maxMisattributed = before.maxMisattributed + (isGos && grown.length > 0 ? Math.max(0, nonGoAnon - before.nonGoAnon) : 0);
  return { go: isGos ? joined([...proven, ...grown]) : proven, unclaimedAnon: all, nonGoAnon: before.nonGoAnon, maxMisattributed };
}

function mallocArenasOf({ claims }: Classification): readonly number[] {
  const starts = new Set<number>();
  for (const own of claims) {
    for (const { rule, doubtful, start } of own) {
      if (rule === 'malloc-arena' && doubtful !== true && start % mallocArena === 0) starts.add(start);
    }
  }
  return [...starts];
}

function rangesOf(
  { layout, claims }: Classification,
  owner: 'unclaimed_anon' | 'go_metadata',
  isMeant: (claim: Claim) => boolean = () => true,
): readonly AddressRange[] {
  const ranges: AddressRange[] = [];
  for (const [index, mapping] of layout.mappings.entries()) {
    if (!isReadWrite(mapping)) continue;
    for (const claim of claims[index] ?? []) {
      if (claim.owner === owner && claim.rule !== 'own-random' && claim.doubtful !== true && isMeant(claim)) ranges.push(claim);
    }
  }
  return joined(ranges);
}
