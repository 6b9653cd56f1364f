/** The order in which pages are made. */
export interface PageTurns {
  /** Resolves when the next page may be made; to be told, once or more, when it is made or will not be. */
  next(): Promise<() => void>;
}

/**
 * One page at a time, and while others wait as long a pause after each as it took: a page of many targets takes a hundredth of a second or
 * more, hundreds may be asked for at once, and node accepts one connection in a turn of the event loop, behind which a probe may stand.
 */
export function createPageTurns(): PageTurns {
  const waiting: Array<(made: () => void) => void> = [];
  let busy = false;

  function begin(): void {
    const make = waiting.shift();
    busy = make !== undefined;
    if (make === undefined) return;
    const from = performance.now();
    let isMade = false;
    make(() => {
      if (isMade) return;
      isMade = true;
      pause(2 * performance.now() - from);
    });
  }

  /** Timers count from the time that this turn of the event loop began, which is a page ago: the first one comes too early. */
  function pause(until: number): void {
    const left = until - performance.now();
    if (left > 0) setTimeout(pause, left, until);
    else begin();
  }

  return {
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (!busy) begin();
      }),
  };
}
