import { setTimeout as sleep } from 'node:timers/promises';
import { type Spread, spreadOf } from './statistics.ts';
import { cpuOf, type Held, heldBy } from './usage.ts';

/** What was seen of one process over some minutes. */
export interface Watched {
  /** Milliseconds of CPU a second, one value for each window. */
  readonly cpu: Spread;
  /** The same over all windows: rare work such as a collection is in it by its share. */
  readonly meanCpu: number;
  /** Medians over the last window, one look a second: the heap is a sawtooth. */
  readonly held: Held;
}

/** How long to watch, in seconds: nothing is noted while it settles. */
export interface Plan {
  readonly settle: number;
  readonly window: number;
  readonly windows: number;
}

/** Watches several processes at the same time, so that whatever else the machine does meets them alike. Results in their order. */
export async function watchAll(pids: readonly number[], { settle, window, windows }: Plan): Promise<readonly Watched[]> {
  await sleep(settle * 1000);
  const marks = [mark(pids)];
  const looks: Array<readonly Held[]> = [];
  const begin = performance.now();
  for (let second = 1; second <= window * windows; second += 1) {
    await sleep(Math.max(0, begin + second * 1000 - performance.now()));
    if (second > window * (windows - 1)) looks.push(pids.map(heldBy));
    if (second % window === 0) marks.push(mark(pids));
  }
  return pids.map((_, index) => {
    const own = marks.flatMap((each) => each[index] ?? []);
    const rates = own.slice(1).map((each, before) => rate(own[before], each));
    const held = looks.flatMap((each) => each[index] ?? []);
    return {
      cpu: spreadOf(rates),
      meanCpu: rate(own[0], own.at(-1)),
      held: { rss: middle(held, 'rss'), anon: middle(held, 'anon'), peak: middle(held, 'peak') },
    };
  });
}

interface Mark {
  readonly at: number;
  readonly cpu: number;
}

function mark(pids: readonly number[]): readonly Mark[] {
  return pids.map((pid) => ({ at: performance.now(), cpu: cpuOf(pid) }));
}

function rate(from: Mark | undefined, to: Mark | undefined): number {
  return from === undefined || to === undefined ? Number.NaN : ((to.cpu - from.cpu) / (to.at - from.at)) * 1000;
}

function middle(held: readonly Held[], field: keyof Held): number {
  return spreadOf(held.map((each) => each[field])).median;
}
