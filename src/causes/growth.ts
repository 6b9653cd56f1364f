import type { Point } from './past.ts';

/** How the floor of a series moved. */
export interface Growth {
  /** `line`: it rose in every quarter and does not slow down; `plateau`: it rose and stopped; `flat`: neither. */
  readonly shape: 'line' | 'plateau' | 'flat';
  /** From the floor of the first quarter to that of the last; signed. */
  readonly rise: number;
  /** From the floor of the third quarter to that of the last; signed. */
  readonly last: number;
  /** What a rise from quarter to quarter must reach to count. */
  readonly step: number;
  /** Theil-Sen slope over the floors: the median over all pairs, which a burst does not move; absent where it is flat. */
  readonly perHour: number | undefined;
  /** How long was watched. */
  readonly seconds: number;
}

const fewest = 24; // points: six a quarter, each of them the least of one poll or more
const least = 6 * 1024 ** 2;
const slowing = 0.6;

/**
 * Line or plateau? What stays when load and garbage have gone is the floor: a plateau raises it once, a leak in every window (alerts.md, whose
 * thresholds these are: three rises running of 2 % of `level` or 6 MiB, the last no less than 0.6 of the first). `undefined` before there are
 * 24 points: too young to tell. For a count, give its own `smallest`.
 */
export function growthOf(points: readonly Point[], level: number, smallest: number = least): Growth | undefined {
  const first = points[0];
  const last = points.at(-1);
  if (points.length < fewest || first === undefined || last === undefined) return undefined;
  const floors = [0, 1, 2, 3].map((quarter) => floorOf(points, quarter));
  const [one = 0, two = 0, three = 0, four = 0] = floors;
  const rises = [two - one, three - two, four - three];
  const step = Math.max(0.02 * level, smallest);
  const isLine = rises.every((rise) => rise >= step) && (rises[2] ?? 0) > slowing * (rises[0] ?? 0);
  const rise = four - one;
  const seconds = last.at - first.at;
  const moved = { rise, last: four - three, step, seconds };
  if (rise < step) return { shape: 'flat', perHour: undefined, ...moved };
  return { shape: isLine ? 'line' : 'plateau', perHour: slopeOf(points) * 3600, ...moved };
}

function floorOf(points: readonly Point[], quarter: number): number {
  const from = Math.floor((points.length * quarter) / 4);
  const to = Math.floor((points.length * (quarter + 1)) / 4);
  return Math.min(...points.slice(from, to).map(({ floor }) => floor));
}

/** A second. */
function slopeOf(points: readonly Point[]): number {
  const slopes: number[] = [];
  for (const [index, { at, floor }] of points.entries()) {
    for (const later of points.slice(index + 1)) if (later.at > at) slopes.push((later.floor - floor) / (later.at - at));
  }
  slopes.sort((one, other) => one - other);
  return slopes[slopes.length >> 1] ?? 0;
}
