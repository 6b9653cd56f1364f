import { type Bounds, missesOf } from './conditions.ts';
import type { Given } from './measured.ts';
import type { Patience } from './patience.ts';
import type { Prepared } from './prepare.ts';
import { runTrial } from './run-trial.ts';
import { searchLeast } from './search-least.ts';
import type { Trial } from './trial.ts';

/** What is known before the search. */
interface Known {
  readonly bounds: Bounds;
  readonly patience: Patience;
  /** Sizes that were tried. */
  readonly given: readonly Given[];
  /** The highest working set without a limit. */
  readonly most: number;
}

const step = 0.04;
const smallest = 6 * 1024 ** 2; // no Go program starts with less

/**
 * The least limit that keeps the bounds with the program's own settings; `undefined` where even eight times what it held does not. A start
 * that ends, and misses what is measured, has a second one.
 */
export async function findLeast(
  prepared: Prepared,
  { bounds, patience, given, most }: Known,
): Promise<{ readonly least: number | undefined; readonly searched: readonly Trial[] }> {
  const searched: Trial[] = [];
  const alike = given.filter(({ size, trials }) => trials.length > 0 && size?.gomemlimit === undefined);
  const limits = (keep: boolean) =>
    alike.flatMap(({ size, misses }) => (size?.limit !== undefined && (misses.length === 0) === keep ? [size.limit] : []));
  const good = Math.min(...limits(true));
  const high = Number.isFinite(good) ? good : await firstThatPasses();
  if (high === undefined) return { least: undefined, searched };
  const low = Math.max(smallest, high / 8, ...limits(false).filter((limit) => limit < high));
  return { least: await searchLeast({ fails: low, passes: high }, step, passes), searched };

  async function firstThatPasses(): Promise<number | undefined> {
    for (let limit = most * 1.5; limit <= most * 8; limit *= 1.5) if (await passes(limit)) return limit;
    return undefined;
  }

  async function passes(limit: number): Promise<boolean> {
    for (let turn = 0; turn < 2; turn += 1) {
      const trial = await runTrial(prepared, { limit }, patience);
      searched.push(trial);
      if (missesOf([trial], bounds).length === 0) return true;
      if (trial.oomKills > 0 || trial.failed !== undefined) return false; // far from the bounds
    }
    return false;
  }
}
