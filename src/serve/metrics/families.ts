import { causeFamilies } from './causes.ts';
import { cgroupFamilies } from './cgroup.ts';
import type { Family } from './family.ts';
import { goFamilies } from './go.ts';
import { mappingFamilies } from './mappings.ts';
import { rssFamilies } from './rss.ts';
import { sourceFamilies } from './sources.ts';
import { targetFamilies } from './target.ts';

/** Every family of a target, in the order of the page. Adding a metric is adding an entry to one of these lists. */
export const families: readonly Family[] = [
  ...targetFamilies,
  ...goFamilies,
  ...rssFamilies,
  ...mappingFamilies,
  ...cgroupFamilies,
  ...causeFamilies,
  ...sourceFamilies,
];
