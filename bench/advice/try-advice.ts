import { type Bounds, boundsOf, missesOf } from './conditions.ts';
import { endless, type Patience } from './patience.ts';
import type { Prepared } from './prepare.ts';
import { runTrial } from './run-trial.ts';
import type { Size } from './subject.ts';
import type { Trial } from './trial.ts';

/** What is known of a program without a limit, and how many starts a size has. */
interface Known {
  readonly bounds: Bounds;
  readonly patience: Patience;
  /** An odd number. */
  readonly times: number;
}

const pairs = 3;

/**
 * Starts a subject with a size, and tells what it misses. What is timed (ready, collections) moves with what else the machine does: where
 * that alone is missed, as many starts with the size and without a limit, in turns, tell whether the size is to blame.
 */
export async function tryAdvice(
  prepared: Prepared,
  size: Size | undefined,
  { bounds, patience, times }: Known,
): Promise<{ readonly misses: readonly string[]; readonly trials: readonly Trial[] }> {
  if (size === undefined) return { misses: [], trials: [] };
  const trials = await startTimes(prepared, size, { bounds, patience, times });
  const misses = missesOf(trials, bounds);
  const untimed = { ...bounds, ready: Number.POSITIVE_INFINITY, gcSeconds: Number.POSITIVE_INFINITY };
  if (misses.length === 0 || missesOf(trials, untimed).length > 0) return { misses, trials };
  const beside: Trial[] = [];
  const again: Trial[] = [];
  while (again.length < pairs) {
    beside.push(await runTrial(prepared, {}, endless));
    again.push(await runTrial(prepared, size, patience));
  }
  return { misses: missesOf(again, { ...boundsOf(beside), readBytes: bounds.readBytes }), trials: [...trials, ...again] };
}

/** The rest of the starts is spared where one was killed, or most have failed already. */
async function startTimes(prepared: Prepared, size: Size, { bounds, patience, times }: Known): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  while (trials.length < times) {
    const trial = await runTrial(prepared, size, patience);
    trials.push(trial);
    const failed = trials.filter((each) => missesOf([each], bounds).length > 0).length;
    if (trial.oomKills > 0 || failed > times / 2) break;
  }
  return trials;
}
