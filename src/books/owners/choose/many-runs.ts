import { budgets } from '../../../budgets.ts';
import { goStep } from '../layout.ts';
import { type ArenaRun, isHeapStart } from '../rules/arena-runs.ts';

/** Some of the runs, by address, and which of the others could as well stand in for some of them. */
interface RunsChosen {
  readonly chosen: readonly ArenaRun[];
  readonly rivals: readonly ArenaRun[];
}

interface Sized {
  readonly run: ArenaRun;
  readonly steps: number;
}

/**
 * Chooses `minBytes` to `maxBytes` usable bytes among more runs than all subsets can be tried of: the smallest sum that fits, of equals the
 * one of the lower runs, with the run that the heap is known to start with, if it is there. A run is a multiple of 4 MiB, so that the sums
 * can be counted through; of too many, neighbors alone are tried. All or nothing was, before, and 14 blocks of 8 MiB that somebody had put
 * above a heap of 4 MiB were called Go's (1.19 and 1.27).
 */
export function chooseAmongMany(runs: readonly ArenaRun[], minBytes: number, maxBytes: number): RunsChosen | undefined {
  const sized = runs.map((run) => ({ run, steps: run.size / goStep }));
  const start = sized.find(({ run }) => isHeapStart(run));
  const own = start?.steps ?? 0;
  const low = Math.max(0, Math.ceil(minBytes / goStep - own));
  const high = Math.floor(maxBytes / goStep - own);
  if (high < low) return undefined;
  const free = sized.filter((one) => one !== start && Number.isInteger(one.steps));
  const isCountable = free.length * (high + 1) <= budgets.heapSums.maxEntries;
  const more = isCountable ? anyOf(free, low, high) : neighborsOf(free, low, high);
  if (more === undefined) return undefined;
  const sum = stepsOf(more);
  const taken = new Set(more);
  const others = free.filter((one) => !taken.has(one) && one.steps <= sum);
  const rivals = isCountable ? standIns(free, others, sum) : others;
  const chosen = start === undefined ? more : [start, ...more];
  return chosen.length === 0 ? undefined : { chosen: chosen.map(({ run }) => run), rivals: rivals.map(({ run }) => run) };
}

/** The smallest sum of neighbors that fits, the lowest of equals. */
function neighborsOf(sized: readonly Sized[], low: number, high: number): readonly Sized[] | undefined {
  if (low === 0) return [];
  let best: { readonly from: number; readonly to: number; readonly sum: number } | undefined;
  let sum = 0;
  let from = 0;
  for (const [to, { steps }] of sized.entries()) {
    sum += steps;
    while (sum - (sized[from]?.steps ?? 0) >= low && from < to) {
      sum -= sized[from]?.steps ?? 0;
      from += 1;
    }
    if (sum >= low && sum <= high && (best === undefined || sum < best.sum)) best = { from, to, sum };
  }
  return best && sized.slice(best.from, best.to + 1);
}

/**
 * The smallest sum that fits; of equals the one of the lower runs. Sums are bits of one number, bit n for n steps: a shift adds a run to
 * all of them at once, where a loop over them took seconds in an interpreter.
 */
function anyOf(sized: readonly Sized[], low: number, high: number): readonly Sized[] | undefined {
  const reachable = [1n]; // from each run on; the last one's first
  for (const { steps } of [...sized].reverse()) reachable.push(within(withRun(reachable.at(-1) ?? 0n, steps), high));
  reachable.reverse();
  let left = lowestFrom(reachable[0] ?? 0n, low, high);
  if (left === undefined) return undefined;
  const taken: Sized[] = [];
  for (const [index, one] of sized.entries()) {
    if (one.steps > left || !isSum(reachable[index + 1] ?? 0n, left - one.steps)) continue;
    taken.push(one);
    left -= one.steps;
  }
  return taken;
}

/** Which of the others are in another choice of the same sum. */
function standIns(sized: readonly Sized[], others: readonly Sized[], sum: number): readonly Sized[] {
  const lacking = [1n << BigInt(sum)]; // what is left to the sum by the runs from each on: counted down
  for (const { steps } of [...sized].reverse()) lacking.push((lacking.at(-1) ?? 0n) | ((lacking.at(-1) ?? 0n) >> BigInt(steps)));
  lacking.reverse();
  const open = new Set(others);
  const found: Sized[] = [];
  let before = 1n;
  for (const [index, one] of sized.entries()) {
    const rest = lacking[index + 1] ?? 0n;
    if (open.has(one) && (before & (rest >> BigInt(one.steps))) !== 0n) found.push(one);
    before = within(withRun(before, one.steps), sum);
  }
  return found;
}

function withRun(sums: bigint, steps: number): bigint {
  return sums | (sums << BigInt(steps));
}

function within(sums: bigint, maxSum: number): bigint {
  return BigInt.asUintN(maxSum + 1, sums);
}

function isSum(sums: bigint, sum: number): boolean {
  return ((sums >> BigInt(sum)) & 1n) === 1n;
}

/** The lowest sum from `low` to `high`. */
function lowestFrom(sums: bigint, low: number, high: number): number | undefined {
  const fitting = within(sums, high) >> BigInt(low);
  if (fitting === 0n) return undefined;
  const digits = (fitting & -fitting).toString(16); // one of 1, 2, 4 and 8, and zeros
  return low + (digits.length - 1) * 4 + Math.log2(Number(digits.charAt(0)));
}

function stepsOf(sized: readonly Sized[]): number {
  return sized.reduce((sum, { steps }) => sum + steps, 0);
}
