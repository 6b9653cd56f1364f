/** Enough after the longest run that works all the time; the rest of a longer one is waiting. */
const maxPauseMilliseconds = 3_000;

/**
 * Lets everybody ask for `work`, one run at a time and `pauses` times as long a pause after it: whoever asks while one runs, or in the
 * pause, shares the next, which sees what was there until it begins. The result is that of the run; it rejects as that does. A run is over
 * with its result, or when `over` of it is.
 */
export function shareRuns<T>(work: () => Promise<T>, pauses: number, over: (result: T) => unknown = () => undefined): () => Promise<T> {
  let next: Promise<T> | undefined;
  let free: Promise<void> = Promise.resolve();

  async function run(): Promise<T> {
    await free;
    next = undefined;
    const from = performance.now();
    const result = work();
    const rest = () => pause(Math.min(maxPauseMilliseconds, pauses * (performance.now() - from)));
    free = result.then(over).then(rest, rest);
    return result;
  }

  return () => {
    next ??= run();
    return next;
  };
}

function pause(milliseconds: number): Promise<void> {
  // biome-ignore lint/plugin: whoever waits for it holds a connection; memgap must be able to end before
  return new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());
}
