import { budgets } from '../../budgets.ts';
import { type ArenaRun, isHeapStart } from './arena-runs.ts';
import { goStep } from './sizes.ts';

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
 * Chooses `least` to `most` usable bytes among more runs than all subsets can be tried of: the smallest sum that fits, of equals the one of the lower
 * runs, with the run that the heap is known to start with, if it is there. A run is a multiple of 4 MiB, so that the sums can be counted through; of too many,
 * neighbors alone are tried. All or nothing was, before, and 14 blocks of 8 MiB that somebody had put above a heap of 4 MiB were called Go's (1.19 and 1.27).
 */
export function chooseAmongMany(runs: readonly ArenaRun[], least: number, most: number): RunsChosen | undefined {
  const sized = runs.map((run) => ({ run, steps: run.size / goStep }));
  const start = sized.find(({ run }) => isHeapStart(run));
  const own = start?.steps ?? 0;
  const low = Math.max(0, Math.ceil(least / goStep) - own);
  const high = Math.floor(most / goStep) - own;
  if (high < low) return undefined;
  const free = sized.filter((one) => one !== start);
  const isCountable = free.length * (high + 1) <= budgets.heapSums.most;
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

/** At each index the sums up to `high` that the runs from there on can come to. */
function sumsFrom(sized: readonly Sized[], high: number): readonly Uint8Array[] {
  let behind = new Uint8Array(high + 1);
  behind[0] = 1;
  const sums = [behind];
  for (const { steps } of [...sized].reverse()) {
    const own = behind.slice();
    for (let sum = steps; sum <= high; sum += 1) if (behind[sum - steps] === 1) own[sum] = 1;
    sums.push(own);
    behind = own;
  }
  return sums.reverse();
}

/** The smallest sum that fits; of equals the one of the lower runs. */
function anyOf(sized: readonly Sized[], low: number, high: number): readonly Sized[] | undefined {
  const reachable = sumsFrom(sized, high);
  let left = low;
  while (left <= high && reachable[0]?.[left] !== 1) left += 1;
  if (left > high) return undefined;
  const taken: Sized[] = [];
  for (const [index, one] of sized.entries()) {
    if (one.steps > left || reachable[index + 1]?.[left - one.steps] !== 1) continue;
    taken.push(one);
    left -= one.steps;
  }
  return taken;
}

/** Which of the others are in another choice of the same sum. */
function standIns(sized: readonly Sized[], others: readonly Sized[], sum: number): readonly Sized[] {
  const behind = sumsFrom(sized, sum);
  const open = new Set(others);
  const found: Sized[] = [];
  let before = new Uint8Array(sum + 1);
  before[0] = 1;
  for (const [index, one] of sized.entries()) {
    const needed = sum - one.steps;
    const rest = behind[index + 1];
    if (open.has(one) && needed >= 0 && before.some((isSum, at) => isSum === 1 && rest?.[needed - at] === 1)) found.push(one);
    const next = before.slice();
    for (let at = one.steps; at <= sum; at += 1) if (before[at - one.steps] === 1) next[at] = 1;
    before = next;
  }
  return found;
}

function stepsOf(sized: readonly Sized[]): number {
  return sized.reduce((sum, { steps }) => sum + steps, 0);
}
