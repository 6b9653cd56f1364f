/** How what stays after each load moved from load to load. */
export interface Course {
  /**
   * `line`: more stays after each load, and the rise does not slow down; `plateau`: it rose with the first loads and stands; `flat`: it did not
   * rise; `undecided`: it rose with the last of fewer loads than a line takes.
   */
  readonly shape: 'line' | 'plateau' | 'flat' | 'undecided';
  /**
   * Bytes a load, signed: the lesser of the median over all pairs of loads (Theil-Sen) and the lower median of the rises, so that one jump is no
   * growth: idle heap that Go has not given back yet moved a floor by 32 MiB. The first load is the warm-up; absent after one.
   */
  readonly perCycle: number | undefined;
}

const fewest = 3; // loads: two rises, of which the second tells a line from a warm-up
const slowing = 0.6; // of the first half's rise, as for floors over time (causes/growth.ts)

/** Line or plateau? `idle` is the floor before the first load, `after` those after each; `step` is what counts as a rise. */
export function courseOf(idle: number | undefined, after: readonly number[], step: number): Course {
  const last = after.at(-1);
  if (last === undefined) return { shape: 'flat', perCycle: undefined };
  const rises = after.slice(1).map((floor, index) => floor - (after[index] ?? floor));
  const perCycle = growthOf(after, rises);
  const isRising = perCycle === undefined ? last - (idle ?? last) >= step : perCycle >= step;
  if (isRising && after.length < fewest) return { shape: 'undecided', perCycle };
  if (isRising && rises.every((rise) => rise >= step / 2) && !isSlowing(rises)) return { shape: 'line', perCycle };
  return { shape: last - (idle ?? after[0] ?? last) >= step ? 'plateau' : 'flat', perCycle };
}

function isSlowing(rises: readonly number[]): boolean {
  const half = rises.length >> 1;
  return mean(rises.slice(rises.length - half)) <= slowing * mean(rises.slice(0, half));
}

function growthOf(after: readonly number[], rises: readonly number[]): number | undefined {
  const slope = slopeOf(after);
  const rise = rises.toSorted((one, other) => one - other)[(rises.length - 1) >> 1];
  return slope === undefined || rise === undefined ? undefined : Math.min(slope, rise);
}

function slopeOf(values: readonly number[]): number | undefined {
  const slopes = values.flatMap((value, index) => values.slice(index + 1).map((later, distance) => (later - value) / (distance + 1)));
  const sorted = slopes.sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const one = sorted[Math.ceil(middle) - 1];
  const other = sorted[Math.floor(middle)];
  return one === undefined || other === undefined ? undefined : (one + other) / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
