import { type AddressRange, sizeOf } from '../../model/address-range.ts';
import type { Mapping, PresentRange } from '../../model/mapping.ts';
import { known, type Reading } from '../../model/reading.ts';
import { isByPosition } from './choose/by-position.ts';
import type { Classification } from './classify.ts';
import type { Claim, ResidentPiece } from './component.ts';

/**
 * The pieces of all mappings, and how many resident bytes of mappings in parts could lie in another part than the one they are booked in.
 * Between Go's metadata and the rest that is not counted: the bounds of what is foreign in the rest cover it.
 */
export interface Residency {
  readonly pieces: readonly ResidentPiece[];
  readonly uncertain: number;
}

/**
 * Resident bytes of each claim. A mapping that is one claim's has its Rss; one in parts is split by the present pages of /proc/PID/pagemap.
 * Those include the shared zero page, which Rss does not: each part lies between what the others leave of Rss and its own present bytes.
 */
export function residencyOf({ layout, claims }: Classification, present: Reading<readonly PresentRange[]>): Residency {
  const lookup = new Map((known(present) ?? []).map((range) => [keyOf(range), range]));
  const pieces: ResidentPiece[] = [];
  let uncertain = 0;
  for (const [index, mapping] of layout.mappings.entries()) {
    const parts = split(mapping, claims[index] ?? [], lookup);
    for (const part of parts) pieces.push(part);
    if (isShared(parts)) uncertain += Math.ceil(parts.reduce((sum, { low, high }) => sum + high - low, 0) / 2);
  }
  return { pieces, uncertain };
}

/**
 * Which parts of mappings have to be looked up in /proc/PID/pagemap: none where the mapping is wholly resident or not at all. Where foreign
 * memory is (`withRest`) also all of what could hold it. Small ones first.
 */
export function partsToLookUp({ layout, claims }: Classification, withRest: boolean): readonly AddressRange[] {
  const parts: AddressRange[] = [];
  for (const [index, mapping] of layout.mappings.entries()) {
    const own = claims[index] ?? [];
    if (mapping.rss === 0 || mapping.rss >= sizeOf(mapping)) continue;
    const isOpen = withRest && (own[0]?.owner === 'unclaimed_anon' || (own.length > 1 && own.some(isByPosition)));
    if (!hasSeveralOwners(own) && !isOpen) continue;
    for (const { start, end } of own) parts.push({ start, end });
  }
  return parts.sort((a, b) => sizeOf(a) - sizeOf(b));
}

/** By owners between whom nothing but the pages' presence decides. */
function isShared(claims: readonly Claim[]): boolean {
  return hasSeveralOwners(claims) && claims.some(({ owner }) => owner !== 'go_metadata' && owner !== 'unclaimed_anon');
}

function hasSeveralOwners(claims: readonly Claim[]): boolean {
  return claims.some(({ owner }) => owner !== claims[0]?.owner);
}

function split(mapping: Mapping, claims: readonly Claim[], lookup: ReadonlyMap<string, PresentRange>): readonly ResidentPiece[] {
  const rss: number = mapping.rss;
  const [only] = claims;
  if (only !== undefined && claims.length === 1) return [{ ...only, mapping, rss, low: rss, high: rss, ...runsOf(only) }];
  const highs = claims.map((claim) => Math.min(rss, sizeOf(claim), lookup.get(keyOf(claim))?.present ?? Number.POSITIVE_INFINITY));
  const sum = highs.reduce((total, high) => total + high, 0);
  let left = rss;
  return claims.map((claim, index) => {
    const high = highs[index] ?? 0;
    const low = Math.max(0, rss - (sum - high));
    const isLast = index === claims.length - 1;
    const part = isLast ? left : Math.min(left, sum === 0 ? 0 : Math.round((rss * high) / sum / 4096) * 4096);
    left -= part;
    return { ...claim, mapping, rss: part, low: Math.min(low, part), high: Math.max(high, part), ...runsOf(claim) };
  });

  function runsOf(claim: Claim): Pick<ResidentPiece, 'runs'> {
    const runs = lookup.get(keyOf(claim))?.runs;
    return runs === undefined ? {} : { runs };
  }
}

function keyOf({ start, end }: AddressRange): string {
  return `${start}-${end}`;
}
