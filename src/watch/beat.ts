/**
 * Does `work` over and over, on the beat of so many milliseconds that the first time is on, which is after `delay`; never twice at once.
 * What it gives back ends it: the signal aborts, and what runs is waited for. `work` must not reject.
 */
export function startBeat(interval: number, delay: number, work: (signal: AbortSignal) => Promise<void>): () => Promise<void> {
  const stopping = new AbortController();
  let timer = setTimeout(tick, delay);
  let running: Promise<void> = Promise.resolve();

  function tick(): void {
    running = beat(performance.now());
  }

  async function beat(begin: number): Promise<void> {
    await work(stopping.signal);
    const late = (performance.now() - begin) % interval;
    if (!stopping.signal.aborted) timer = setTimeout(tick, Math.max(1, interval - late));
  }

  return async () => {
    stopping.abort();
    clearTimeout(timer);
    await running;
  };
}
