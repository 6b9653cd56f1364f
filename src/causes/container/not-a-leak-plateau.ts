import { growthIn, stableFloorOf } from '../../history/growth.ts';
import { found, missing } from '../../model/reading.ts';
import { formatBytes, formatDuration } from '../../model/units.ts';
import { type Cause, count, inactive, seconds, size } from '../engine/cause.ts';

const minReturns = 2; // loads that end at the same floor: the first may be what raised it

/**
 * It rose, and came to stand: the story that memgap was born from. "A repeated load ends at the same floor" is its signature, and is said
 * where it was seen. A load that is shorter than what a point of a long life spans leaves no trace in the floors, so one rise that came to
 * stand is named as well, and no more is said of it than that: whether the next load adds to it is open.
 */
export const notALeakPlateau: Cause = {
  name: 'not_a_leak_plateau',
  title: 'a plateau: it rose, and stands',
  claims: [],
  judge({ ledger: { rss }, past }) {
    if (!rss.ok) return rss;
    const growth = growthIn(past, 'rss');
    if (growth === undefined) return missing('too-early', 'a plateau is told from a line after an hour, and 24 polls');
    if (growth.shape !== 'plateau' || !growth.isStable) return inactive;
    const standing = stableFloorOf(past.points('rss'), growth, past.until);
    const wasRepeated = standing.returns >= minReturns;
    const rest = wasRepeated
      ? `it came back to it ${standing.returns} times: a plateau, not a leak`
      : 'whether another load adds to it was not seen';
    return found({
      evidence: [
        size('rise of the floor', growth.rise, 'least RSS of the last quarter of the time - of the first'),
        size('of which in the last quarter', growth.last, 'least RSS of the last quarter - of the third'),
        size('and of late', growth.newest, 'least RSS of the last hour, or half a quarter - of the last quarter'),
        seconds('not below it for', standing.seconds, 'snapshots'),
        count('returns to it from a higher level', standing.returns, 'snapshots'),
        seconds('watched', growth.seconds, 'snapshots'),
      ],
      summary: `The floor of RSS rose by ${formatBytes(growth.rise)} and has not risen further for ${formatDuration(standing.seconds * 1000)}; ${rest}.`,
      next: wasRepeated ? 'nothing' : 'repeat the load: memgap loadtest says whether each ends at the same floor',
    });
  },
};
