import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from './crun.ts';

/** Asks again until the answer is as it should be; the last one is in the error when that takes too long. A failed question is asked again too. */
export async function eventually<T>(
  running: Pick<Running, 'name' | 'log'>,
  ask: () => Promise<T>,
  isSo: (answer: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    let last: unknown;
    try {
      const answer = await ask();
      if (isSo(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${running.name} does not come to it\n${running.log().slice(-4000)}`, { cause: last });
    await sleep(100);
  }
}
