import { pairSlopes } from '../model/pair-slopes.ts';

/** How what stays after each load moved from load to load. */
export interface Course {
  /**
   * `line`: more stays after each load, and the rise does not slow down; `plateau`: it rose with the first loads and stands; `flat`: it did
   * not rise; `undecided`: it rose with the last of fewer loads than a line takes.
   */
  readonly shape: 'line' | 'plateau' | 'flat' | 'undecided';
  /**
   * Bytes a load, signed: the median over all pairs of loads (Theil-Sen). Until it is seen to rise in more than one jump, at most the lower
   * median of the rises: idle heap that Go has not given back yet moved a floor by 32 MiB once. The first load is the warm-up; absent after
   * one.
   */
  readonly perCycle: number | undefined;
}

const minLoads = 3; // loads: two rises, of which the second tells a line from a warm-up
const manyLoads = 5; // loads: from here on a staircase can be told from a jump
const maxSlowingRatio = 0.6; // of the first half's rise, as for floors over time (history/growth.ts)

/** Line or plateau? `idle` is the floor before the first load, `after` those after each; `step` is what counts as a rise. */
export function courseOf(idle: number | undefined, after: readonly number[], step: number): Course {
  const last = after.at(-1);
  if (last === undefined) return { shape: 'flat', perCycle: undefined };
  const steady = steadyRises(after, step);
  const perCycle = growthOf(after, steady.length > 0);
  const isRising = perCycle === undefined ? last - (idle ?? last) >= step : perCycle >= step;
  if (isRising && after.length < minLoads) return { shape: 'undecided', perCycle };
  if (isRising && steady.some((rises) => !isSlowing(rises))) return { shape: 'line', perCycle };
  return { shape: last - (idle ?? after[0] ?? last) >= step ? 'plateau' : 'flat', perCycle };
}

/**
 * The rises from load to load, over two loads, over three, ..., where each of them is one: memory that is taken in large pieces rises with
 * every second or third load only. At most over half of the loads, so that one jump always leaves a stretch without a rise.
 */
function steadyRises(after: readonly number[], step: number): ReadonlyArray<readonly number[]> {
  const maxLoads = Math.max(1, (after.length - 1) >> 1);
  const all = Array.from({ length: maxLoads }, (_, index) => risesOver(after, index + 1));
  return all.filter((rises, index) => {
    const minRise = Math.min(...rises);
    // one load may give less than the others; what two or three give together is to be no less than theirs, or creep and a jump were a line
    return index === 0 ? minRise >= step / 2 && typical(rises) >= step : minRise >= (index + 1) * step;
  });
}

function risesOver(after: readonly number[], loads: number): readonly number[] {
  return after.slice(loads).map((floor, index) => floor - (after[index] ?? floor));
}

function isSlowing(rises: readonly number[]): boolean {
  const half = rises.length >> 1;
  return mean(rises.slice(rises.length - half)) <= maxSlowingRatio * mean(rises.slice(0, half));
}

/** One jump in the middle moves Theil-Sen too: it lies between more than half of the pairs. */
function growthOf(after: readonly number[], isSteady: boolean): number | undefined {
  const slope = slopeOf(after);
  if (slope === undefined) return undefined;
  return isSteady && after.length >= manyLoads ? slope : Math.min(slope, typical(risesOver(after, 1)));
}

/** The lower median. */
function typical(rises: readonly number[]): number {
  return rises.toSorted((one, other) => one - other)[(rises.length - 1) >> 1] ?? Number.NaN;
}

function slopeOf(values: readonly number[]): number | undefined {
  const sorted = pairSlopes(values.map((value, at) => ({ at, value })));
  const middle = sorted.length / 2;
  const one = sorted[Math.ceil(middle) - 1];
  const other = sorted[Math.floor(middle)];
  return one === undefined || other === undefined ? undefined : (one + other) / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
