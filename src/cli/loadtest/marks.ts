import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { PhaseName } from '../../loadtest/measure.ts';

/** The person's marks, one at a time. */
export interface Marks {
  /** Aborts at the next mark that fits: Enter, the name of the `next` phase, `end`, or the end of the input. */
  wait(next: PhaseName): { readonly over: AbortSignal; readonly isEnd: () => boolean };
  close(): void;
}

/** Reads marks from a stream, a line each; `tell` says what a line that fits nothing should have been. Early lines wait for their turn. */
export function createMarks(input: Readable, tell: (text: string) => void): Marks {
  const lines = createInterface({ input });
  const early: string[] = [];
  let waiting: { readonly next: PhaseName; readonly end: (isLast: boolean) => void } | undefined;
  let isOver = false;

  lines.on('line', (line) => {
    early.push(line.trim());
    drain();
  });
  lines.on('close', () => {
    isOver = true;
    drain();
  });

  function drain(): void {
    for (let word = nextWord(); word !== undefined; word = nextWord()) {
      if (word === 'end' || word === '' || word === waiting?.next) finish(word === 'end');
      else tell(`that does not fit here: Enter or "${waiting?.next}" for the next phase, "end" to end\n`);
    }
    if (isOver) finish(true);
  }

  /** Nobody's, until somebody waits for it. */
  function nextWord(): string | undefined {
    return waiting === undefined ? undefined : early.shift();
  }

  function finish(isLast: boolean): void {
    const { end } = waiting ?? {};
    waiting = undefined;
    end?.(isLast);
  }

  function wait(next: PhaseName): ReturnType<Marks['wait']> {
    const controller = new AbortController();
    let last = false;
    const end = (isLast: boolean) => {
      last = isLast;
      controller.abort();
    };
    waiting = { next, end };
    drain();
    return { over: controller.signal, isEnd: () => last };
  }

  return { wait, close: () => lines.close() };
}
