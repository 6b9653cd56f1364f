import { type Classification, classify, memstatsOf, type Walk } from './classify.ts';
import { identitiesOf } from './identities.ts';
import { isReadWrite } from './layout.ts';
import { sizeOf } from './ranges.ts';
import type { Seen } from './seen.ts';
import { goArenaIndex, mebibyte } from './sizes.ts';

const noise = 2 * mebibyte; // of a bracket

/** Rules that go by place must not give Go more than its own accounts have; where they do, they are left out. */
export function classified(walk: Walk, seen: Seen): Classification {
  const classification = classify(walk, seen);
  const [identities] = identitiesOf(classification.arenas, restSize(classification), memstatsOf(walk));
  if (identities === undefined) return classification;
  let byPlace = 0;
  for (const claim of classification.claims.flat())
    if (claim.owner === 'go_metadata' && claim.rule !== 'own-random') byPlace += sizeOf(claim);
  return byPlace <= goArenaIndex + identities.metadata + noise ? classification : classify(walk, seen, false);
}

/** V(R): Go's own metadata, known or not, and what nobody claimed. */
export function restSize({ layout, claims }: Classification): number {
  let size = 0;
  for (const [index, mapping] of layout.mappings.entries()) {
    if (!isReadWrite(mapping)) continue;
    for (const { owner, rule, start, end } of claims[index] ?? []) {
      if (owner === 'rest' || (owner === 'go_metadata' && rule !== 'own-random')) size += end - start;
    }
  }
  return size;
}
