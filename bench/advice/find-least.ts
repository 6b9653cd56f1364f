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
const least = 6 * 1024 ** 2; // no Go program starts with less

/**
 * The least limit that keeps the bounds, with the program's own settings, or with memgap's share of GOMEMLIMIT where memgap gives one: the lesser of the
 * two; `undefined` where even eight times what it held does not. A start that misses what is measured has a second one.
 */
export async function findLeast(
  prepared: Prepared,
  known: Known,
): Promise<{ readonly least: number | undefined; readonly searched: readonly Trial[] }> {
  const searched: Trial[] = [];
  const [share] = known.given.flatMap(({ size: { limit, gomemlimit } = {} }) =>
    limit === undefined || gomemlimit === undefined ? [] : [gomemlimit / limit],
  );
  const plain = await searchWith(undefined, Number.POSITIVE_INFINITY);
  const shared = share === undefined ? undefined : await searchWith(share, plain ?? Number.POSITIVE_INFINITY);
  const found = [plain, shared].filter((each) => each !== undefined);
  return { least: found.length === 0 ? undefined : Math.min(...found), searched };

  async function searchWith(shareOfLimit: number | undefined, enough: number): Promise<number | undefined> {
    const alike = known.given.filter(
      ({ size, trials }) => trials.length > 0 && (size?.gomemlimit !== undefined) === (shareOfLimit !== undefined),
    );
    const limits = (keep: boolean) =>
      alike.flatMap(({ size, misses }) => (size?.limit !== undefined && (misses.length === 0) === keep ? [size.limit] : []));
    const passes = (limit: number) => passesWith(limit, shareOfLimit);
    const good = Math.min(...limits(true));
    const high = good < enough ? good : await firstThatPasses(Math.min(enough, known.most * 1.5), enough, passes);
    if (high === undefined) return undefined;
    const low = Math.max(least, high / 8, ...limits(false).filter((limit) => limit < high));
    return searchLeast({ fails: low, passes: high }, step, passes);
  }

  async function firstThatPasses(from: number, enough: number, passes: (limit: number) => Promise<boolean>): Promise<number | undefined> {
    for (let limit = from; limit <= Math.min(enough, known.most * 8); limit *= 1.5) if (await passes(limit)) return limit;
    return undefined;
  }

  async function passesWith(limit: number, shareOfLimit: number | undefined): Promise<boolean> {
    const size = { limit, ...(shareOfLimit !== undefined && { gomemlimit: shareOfLimit * limit }) };
    for (let turn = 0; turn < 2; turn += 1) {
      const trial = await runTrial(prepared, size, known.patience);
      searched.push(trial);
      if (missesOf([trial], known.bounds).length === 0) return true;
      if (trial.oomKills > 0) return false;
    }
    return false;
  }
}
