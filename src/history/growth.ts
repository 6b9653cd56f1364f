import { pairSlopes } from '../model/pair-slopes.ts';
import { mebibyte } from '../model/units.ts';
import type { Past, Point, Series } from './past.ts';

const minSeconds = 3600; // a program that starts, or one under a burst of load, grows in a line for minutes

/** How the floor of a series moved. */
export interface Growth {
  /** `line`: it rose in every quarter and does not slow down; `plateau`: it rose and stopped; `flat`: neither. */
  readonly shape: 'line' | 'plateau' | 'flat';
  /** From the floor of the first quarter to that of the last; signed. */
  readonly rise: number;
  /** From the floor of the third quarter to that of the last; signed. */
  readonly last: number;
  /** From the floor of the last quarter to that of the newest polls: about an hour of them, half a quarter at most. */
  readonly newest: number;
  /** Neither `last` nor `newest` is a rise that counts: a quarter may be a week, and what began to leak in it leaves its floor. */
  readonly isStable: boolean;
  /** The floor of the last quarter. */
  readonly floor: number;
  /** What a rise from quarter to quarter must reach to count. */
  readonly step: number;
  /** Theil-Sen slope over the floors: the median over all pairs, which a burst does not move; absent where it is flat. */
  readonly perHour: number | undefined;
  /** Unix seconds, of the first point; and how long the series itself was watched. */
  readonly since: number;
  readonly seconds: number;
}

const minPoints = 24; // six a quarter, each of them the least of one poll or more
const minPointsInQuarter = 3; // a series that was not told for half of the time is not judged as if it had been
const minRiseBytes = 6 * mebibyte;
const minLastRiseRatio = 0.6; // of the first rise
const hour = 3600;

/**
 * Line or plateau? What stays when load and garbage have gone is the floor: a plateau raises it once, a leak in every window
 * (docs/alerts.md, whose thresholds these are: three rises running of 2 % of `level` or 6 MiB, the last no less than 0.6 of the first).
 * `undefined` before there are 24 points: too young to tell. For a count, give its own `smallest`. `recent` tells the last hour better than
 * the points of a long life do.
 */
export function growthOf(
  points: readonly Point[],
  level: number,
  smallest: number = minRiseBytes,
  recent: readonly Point[] = points,
): Growth | undefined {
  const first = points[0];
  const last = points.at(-1);
  if (points.length < minPoints || first === undefined || last === undefined) return undefined;
  const seconds = last.at - first.at;
  const quarters = [0, 1, 2, 3].map((quarter) =>
    between(points, first.at + (quarter * seconds) / 4, first.at + ((quarter + 1) * seconds) / 4),
  );
  quarters[3]?.push(last.floor);
  const newestPolls = between(recent, (recent.at(-1)?.at ?? 0) - Math.min(hour, seconds / 8), Number.POSITIVE_INFINITY);
  if (quarters.some(({ length }) => length < minPointsInQuarter) || newestPolls.length === 0) return undefined;
  const [one = 0, two = 0, three = 0, four = 0] = quarters.map((floors) => Math.min(...floors));
  const rises = [two - one, three - two, four - three];
  const step = Math.max(0.02 * level, smallest);
  const isLine = rises.every((rise) => rise >= step) && (rises[2] ?? 0) > minLastRiseRatio * (rises[0] ?? 0);
  const rise = four - one;
  const newest = Math.min(...newestPolls) - four;
  const isStable = four - three < step && newest < step;
  const moved = { rise, last: four - three, newest, isStable, floor: four, step, since: first.at, seconds };
  if (rise < step) return { shape: 'flat', perHour: undefined, ...moved };
  return { shape: isLine ? 'line' : 'plateau', perHour: slopeOf(points) * hour, ...moved };
}

/** By time, for polls may have been missed; the end is not part of it. */
function between(points: readonly Point[], from: number, to: number): number[] {
  return points.flatMap(({ at, floor }) => (at >= from && at < to ? [floor] : []));
}

/** Theil-Sen, a second. */
function slopeOf(points: readonly Point[]): number {
  const slopes = pairSlopes(points.map(({ at, floor }) => ({ at, value: floor })));
  return slopes[slopes.length >> 1] ?? 0;
}

/** What of a series is looked at. */
interface Scope {
  /** For a count: what a rise must reach to count. */
  readonly smallest?: number;
  /** Unix seconds: what lies before is left out, to compare it with a series that was not known then. */
  readonly since?: number;
}

/** How the floor of a series moved, against all that is resident; `undefined` before this series itself was watched for an hour. */
export function growthIn(past: Past, series: Series, { smallest, since = 0 }: Scope = {}): Growth | undefined {
  const level = smallest === undefined ? (past.latest('rss') ?? past.latest('used') ?? 0) : (past.latest(series) ?? 0);
  const points = past.points(series).filter(({ at }) => at >= since);
  const growth = growthOf(points, level, smallest, past.recent(series));
  return growth !== undefined && growth.seconds >= minSeconds ? growth : undefined;
}

/** How a floor has stood since it last rose. */
export interface StableFloor {
  /** For so long it never was a step or more below it. */
  readonly seconds: number;
  /** How often it was a step or more above it meanwhile, for as long as a point spans, and came back. */
  readonly returns: number;
}

/** Since when a series has stood at the floor that it has now; `until` in Unix seconds. */
export function stableFloorOf(points: readonly Point[], { floor: level, step }: Growth, until: number): StableFloor {
  const standing = points.slice(points.findLastIndex(({ floor }) => floor <= level - step) + 1);
  let returns = 0;
  let isAbove = false;
  for (const { floor } of standing) {
    const wasAbove = isAbove;
    isAbove = floor >= level + step;
    if (wasAbove && !isAbove) returns += 1;
  }
  return { seconds: until - (standing[0]?.at ?? until), returns };
}
