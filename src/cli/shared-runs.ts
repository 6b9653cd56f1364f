/** So many times as long as a run took passes before the next one, and three seconds at most, which is enough after the longest that works all the time. */
const pauses = 9;
const longestPause = 3_000;

/**
 * Lets everybody ask for `work`, one run at a time: whoever asks while one runs, or in the pause after it, shares the next, which sees what was written
 * until it begins. The result is that of the run; it rejects as that does.
 */
export function shareRuns<T>(work: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | undefined;
  let free: Promise<void> = Promise.resolve();

  async function run(): Promise<T> {
    await free;
    next = undefined;
    const from = performance.now();
    const result = work();
    free = result.then(
      () => pause(from),
      () => pause(from),
    );
    return result;
  }

  return () => {
    next ??= run();
    return next;
  };
}

function pause(from: number): Promise<void> {
  // biome-ignore lint/plugin: whoever waits for it holds a connection; memgap must be able to end before
  return new Promise((resolve) => void setTimeout(resolve, Math.min(longestPause, pauses * (performance.now() - from))).unref());
}
