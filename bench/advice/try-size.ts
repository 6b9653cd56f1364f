import { type Bounds, missesOf } from './conditions.ts';
import type { Patience } from './patience.ts';
import type { Prepared } from './prepare.ts';
import { runTrial } from './run-trial.ts';
import type { Size } from './subject.ts';
import type { Trial } from './trial.ts';

/** So many starts with a size, an odd number; the rest of them is spared where one was killed, or most have failed already. */
export async function trySize(
  prepared: Prepared,
  size: Size,
  { bounds, patience, times }: { readonly bounds: Bounds; readonly patience: Patience; readonly times: number },
): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  while (trials.length < times) {
    const trial = await runTrial(prepared, size, patience);
    trials.push(trial);
    const failed = trials.filter((each) => missesOf([each], bounds).length > 0).length;
    if (trial.oomKills > 0 || failed > times / 2) break;
  }
  return trials;
}
