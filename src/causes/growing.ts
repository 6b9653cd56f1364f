import type { Series } from './figures.ts';
import { type Growth, growthOf } from './growth.ts';
import type { Past } from './past.ts';

const youngest = 3600; // seconds: a program that starts, or one under a burst of load, grows in a line for minutes

/** How the floor of a series moved, against all that is resident; `undefined` before an hour was watched. For a count, give its own `smallest` step. */
export function growthIn(past: Past, series: Series, smallest?: number): Growth | undefined {
  if (past.until - past.since < youngest) return undefined;
  const level = smallest === undefined ? (past.latest('rss') ?? past.latest('used') ?? 0) : (past.latest(series) ?? 0);
  return growthOf(past.points(series), level, smallest);
}
