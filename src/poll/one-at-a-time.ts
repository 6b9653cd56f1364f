let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `work` when the one before it has ended, over all targets of this process: two walks over mappings at once would hold two locks, and
 * each would seem to take as long as both, which its budget goes by. `undefined`, and nothing is run, where `signal` aborts before: a
 * target that holds up its own walk takes a poll from nobody else.
 */
export async function oneAtATime<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(undefined);
    signal.addEventListener('abort', giveUp);
    last = last.then(async () => {
      signal.removeEventListener('abort', giveUp);
      if (!signal.aborted) await work().then(resolve, reject);
    });
  });
}
