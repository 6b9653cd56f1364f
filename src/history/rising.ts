import { cgroupTable } from '../model/components/cgroup.ts';
import { rssLeaks, rssTable } from '../model/components/rss.ts';
import { rowsOf } from '../model/components/table.ts';
import { mebibyte } from '../model/units.ts';
import type { Past, Series } from './past.ts';

const maxPolls = 10; // polls
const minPolls = 5;
const minBytes = 4 * mebibyte; // in all of them
const minLevelRatio = 0.02; // of the level
const minRiseRatio = 0.2; // of the mean rise: a start that ends rises less and less

/** What rose, and by how much. */
export interface Rise {
  readonly series: Series;
  readonly size: number;
  /** Seconds between the first of the polls and the last. */
  readonly seconds: number;
}

/**
 * How much a series rose over the newest polls, if it rose in each half of them and never fell: long before an hour tells a line from a
 * plateau (growth.ts), and no proof of a leak. `undefined` where it does not.
 */
export function riseOf(past: Past, series: Series): Rise | undefined {
  const points = past.points(series).slice(-maxPolls);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < minPolls) return undefined;
  const size = last.floor - first.floor;
  if (size < Math.max(minBytes, minLevelRatio * last.floor)) return undefined;
  const quarters = [0, 1, 2, 3, 4].map((part) => points[Math.round((part * (points.length - 1)) / 4)]?.floor ?? 0);
  const rises = quarters.slice(1).map((floor, index) => floor - (quarters[index] ?? 0));
  if (rises.some((rise) => rise < (minRiseRatio * size) / 4)) return undefined;
  return { series, size, seconds: last.at - first.at };
}

/** Accounts that do not hold one another, with a word for each. */
const parts: ReadonlyArray<readonly [Series, string]> = [
  ['heap_alloc', 'the Go heap'],
  ['stacks', 'goroutine stacks'],
  ...rssLeaks.map((name) => [name, rssTable.components[name].noun ?? rssTable.components[name].label] as const),
  ...rowsOf(cgroupTable).flatMap(([, { series, noun }]) => (series === undefined || noun === undefined ? [] : [[series, noun] as const])),
  ['other_processes', 'other processes'],
];

/** Which account rose most since the process is watched, in words; `undefined` where none rose by a few MiB. */
export function mostRisen(past: Past): { readonly what: string; readonly size: number } | undefined {
  let most: { readonly what: string; readonly size: number } | undefined;
  for (const [series, what] of parts) {
    const size = (past.latest(series) ?? 0) - (past.first(series) ?? Number.POSITIVE_INFINITY);
    if (size >= minBytes && size > (most?.size ?? 0)) most = { what, size };
  }
  return most;
}
