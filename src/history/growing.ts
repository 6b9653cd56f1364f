import { type Growth, growthOf } from './growth.ts';
import type { Past } from './past.ts';
import type { Series } from './series.ts';

const youngest = 3600; // seconds: a program that starts, or one under a burst of load, grows in a line for minutes

/** What of a series is looked at. */
interface Scope {
  /** For a count: what a rise must reach to count. */
  readonly smallest?: number;
  /** Unix seconds: what lies before is left out, to compare it with a series that was not known then. */
  readonly since?: number;
}

/** How the floor of a series moved, against all that is resident; `undefined` before this series itself was watched for an hour. */
export function growthIn(past: Past, series: Series, { smallest, since = 0 }: Scope = {}): Growth | undefined {
  const level = smallest === undefined ? (past.latest('rss') ?? past.latest('used') ?? 0) : (past.latest(series) ?? 0);
  const points = past.points(series).filter(({ at }) => at >= since);
  const growth = growthOf(points, level, smallest, past.recent(series));
  return growth !== undefined && growth.seconds >= youngest ? growth : undefined;
}
