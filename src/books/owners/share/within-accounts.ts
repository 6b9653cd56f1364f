import { sizesOf } from '../../../model/address-range.ts';
import { mebibyte } from '../../../model/units.ts';
import { identitiesOf } from '../../identities.ts';
import { type Classification, classify, memstatsOf, type WalkEvidence } from '../classify.ts';
import { goArenaIndex, isReadWrite } from '../layout.ts';
import type { Seen } from '../seen.ts';

const noiseBytes = 2 * mebibyte; // of a bracket

/** Rules that give Go more than its own accounts have are left out (docs/how-it-works.md#who-owns-a-byte-of-rss). */
export function classified(walk: WalkEvidence, seen: Seen): Classification {
  const classification = classify(walk, seen);
  const [identities] = identitiesOf(classification.arenas, unclaimedAnonSize(classification), memstatsOf(walk));
  if (identities === undefined) return classification;
  const room = goArenaIndex + identities.metadata + noiseBytes;
  const claims = classification.claims.flat().filter(({ owner, rule }) => owner === 'go_metadata' && rule !== 'own-random');
  if (sizesOf(claims) <= room) return classification;
  const { own, ...others } = walk;
  const isTold = own !== undefined && sizesOf(claims.filter(({ rule }) => rule === 'runtime-says')) <= room;
  return classify(isTold ? walk : others, seen, false);
}

/** V(R): Go's own metadata, known or not, and what nobody claimed. */
export function unclaimedAnonSize({ layout, claims }: Classification): number {
  let size = 0;
  for (const [index, mapping] of layout.mappings.entries()) {
    if (!isReadWrite(mapping)) continue;
    for (const { owner, rule, start, end } of claims[index] ?? []) {
      if (owner === 'unclaimed_anon' || (owner === 'go_metadata' && rule !== 'own-random')) size += end - start;
    }
  }
  return size;
}
