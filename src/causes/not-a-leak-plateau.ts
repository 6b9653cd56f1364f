import { found, missing } from '../reading.ts';
import { formatBytes, formatDuration } from '../units.ts';
import type { Cause } from './cause.ts';
import { seconds, size } from './evidence.ts';
import { growthIn } from './growing.ts';

/** It rose, and came to stand: load after load ends at the same floor. The story that memgap was born from. */
export const notALeakPlateau: Cause = {
  name: 'not_a_leak_plateau',
  title: 'a plateau, not a leak',
  claims: [],
  judge({ ledger: { rss }, past }) {
    if (!rss.ok) return rss;
    const growth = growthIn(past, 'rss');
    if (growth === undefined) return missing('too-early', 'a plateau is told from a line after an hour, and 24 polls');
    if (growth.shape !== 'plateau' || growth.last >= growth.step) return found('not this');
    return found({
      evidence: [
        size('rise of the floor', growth.rise, 'least RSS of the last quarter of the time - of the first'),
        size('of which in the last quarter', growth.last, 'least RSS of the last quarter - of the third'),
        seconds('watched', growth.seconds, 'snapshots'),
      ],
      summary: `RSS rose by ${formatBytes(growth.rise)} and has stood at that floor for ${formatDuration((growth.seconds / 4) * 1000)} and more: a plateau, not a leak.`,
      next: 'nothing; a second load that ends at the same floor confirms it (memgap loadtest)',
    });
  },
};
