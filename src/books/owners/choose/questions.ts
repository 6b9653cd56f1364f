import type { AddressRange } from '../../../model/address-range.ts';
import { identitiesOf } from '../../identities.ts';
import { type Classification, memstatsOf, type WalkEvidence } from '../classify.ts';
import { isReadWrite, rounding } from '../layout.ts';
import { partsToLookUp } from '../residency.ts';
import { nothingSeen, type Seen } from '../seen.ts';
import { classified, unclaimedAnonSize } from '../share/within-accounts.ts';
import { isByPosition } from './by-position.ts';

/** What of a walk only the target's own memory can tell apart. */
export function memoryToLookAt(walk: WalkEvidence, seen: Seen = nothingSeen): MemoryInQuestion {
  const classification = classified(walk, seen);
  const { layout, claims, hasC } = classification;
  const isForeign = hasForeign(classification, walk);
  const parts: AddressRange[] = [];
  const arenas: AddressRange[] = [];
  const heap: AddressRange[] = [];
  const own: AddressRange[] = [];
  const brk: AddressRange[] = [];
  for (const [index, mapping] of layout.mappings.entries()) {
    if (!isReadWrite(mapping)) continue;
    for (const claim of claims[index] ?? []) {
      if (isForeign && (claim.owner === 'unclaimed_anon' || claim.owner === 'go_metadata')) own.push(claim);
      if (claim.owner === 'go_arenas') heap.push(claim);
      if (mapping.rss === 0) continue;
      if (isForeign && (claim.owner === 'unclaimed_anon' || isByPosition(claim))) parts.push(claim);
      if (claim.rule === 'malloc-arena') arenas.push(claim);
      if (claim.owner === 'c_malloc' && claim.rule === 'special') brk.push(claim);
    }
  }
  return { parts, own, arenas, heap, brk, hasC };
}

/** By the second identity; without the Go numbers it may be so. */
function hasForeign(classification: Classification, walk: WalkEvidence): boolean {
  const [identities] = identitiesOf(classification.arenas, unclaimedAnonSize(classification), memstatsOf(walk));
  return identities === undefined || identities.nonGoAnon > rounding;
}

/** What only the target's memory tells apart. */
export interface MemoryInQuestion {
  /** Parts of mappings that could be Go's or another's. */
  readonly parts: readonly AddressRange[];
  /** Where tables of the Go runtime's can lie: these, resident or not, and what is its metadata beyond question. */
  readonly own: readonly AddressRange[];
  /** What has the shape of a heap of malloc's arenas, in doubt or not: any mapping with MAP_NORESERVE may have it. */
  readonly arenas: readonly AddressRange[];
  /** What brk(2) has grown. */
  readonly brk: readonly AddressRange[];
  /** The Go heap, by the first identity. */
  readonly heap: readonly AddressRange[];
  /** Whether there can be blocks of C malloc among them. */
  readonly hasC: boolean;
}

/** Which ranges of addresses /proc/PID/pagemap has to be asked about, to split mappings that two owners share; small ones first. */
export function rangesToLookUp(walk: WalkEvidence, seen: Seen = nothingSeen): readonly AddressRange[] {
  const classification = classified(walk, seen);
  return partsToLookUp(classification, hasForeign(classification, walk));
}
