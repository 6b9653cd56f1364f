/** The longest that a timer of Node's waits: one of more milliseconds fires at once (node:timers, setTimeout). */
const maxTimerMilliseconds = 2 ** 31 - 1;

/**
 * Every deadline that has not ended, its timer and its sources with it: nothing of them is alive by a weak reference alone. AbortSignal.any
 * holds both its sources and its followers weakly: with AbortSignal.timeout as a source it never aborts on Node 20 once a collection ran
 * (nodejs/node#57736), and on some 24 and 26 it loses the abort of a controller that is collected (nodejs/node#65995).
 */
const held = new Set<Held>();

interface Held {
  readonly signal: AbortSignal;
  end(): void;
}

/**
 * Runs `work` with a signal that aborts after so many milliseconds, its reason then a `TimeoutError`, or with the first of `sources` and
 * its reason. When `work` has ended, timer and listeners are gone. It is waited for: what does not heed the signal is not cut.
 */
export async function withDeadline<T>(
  milliseconds: number,
  sources: readonly AbortSignal[],
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const { signal, end } = hold(milliseconds, sources);
  try {
    return await work(signal);
  } finally {
    end();
  }
}

function hold(milliseconds: number, sources: readonly AbortSignal[]): Held {
  const controller = new AbortController();
  const follow = sources.map((source) => ({ source, onAbort: () => abort(source.reason) }));
  const onTime = () => abort(new DOMException('the deadline has passed', 'TimeoutError'));
  const timer = setTimeout(onTime, Math.min(milliseconds, maxTimerMilliseconds));
  const self: Held = { signal: controller.signal, end };
  held.add(self);
  for (const { source, onAbort } of follow) source.addEventListener('abort', onAbort);
  const early = sources.find(({ aborted }) => aborted);
  if (early !== undefined) abort(early.reason);
  return self;

  function abort(reason: unknown): void {
    end();
    controller.abort(reason);
  }

  function end(): void {
    clearTimeout(timer);
    for (const { source, onAbort } of follow) source.removeEventListener('abort', onAbort);
    held.delete(self);
  }
}
