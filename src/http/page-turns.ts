/** The order in which pages are made. */
export interface PageTurns {
  /** Resolves when the next page may be made, at once in that turn of the event loop. */
  next(): Promise<void>;
}

/**
 * One page in a turn of the event loop, and while others wait as long a pause after each as it took: a page of many targets takes a hundredth of a second or
 * more, hundreds may be asked for at once, and node accepts a connection in each turn, behind which a probe may stand.
 */
export function createPageTurns(): PageTurns {
  const waiting: Array<() => void> = [];
  let busy = false;

  function begin(): void {
    const make = waiting.shift();
    busy = make !== undefined;
    if (make === undefined) return;
    const from = performance.now();
    make();
    setImmediate(() => setTimeout(begin, performance.now() - from)); // after it was made, in microtasks
  }

  return {
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (!busy) begin();
      }),
  };
}
