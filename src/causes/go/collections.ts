import type { Past, Point } from '../../history/past.ts';
import type { Series } from '../../history/series.ts';

const cycles = 2; // the first may have begun before the first of these polls

/**
 * The least of a series over polls that span two garbage collections: of HeapAlloc it is what lives, for what a cycle finds dead is gone by the next.
 * `undefined` before two were seen. Collections come at least every two minutes (forcegcperiod in runtime/proc.go), unless they are off: so the last
 * hour tells it, and only where it does not the whole life, whose points span the more the older the process is.
 */
export function leastOverCollections(past: Past, series: Series): number | undefined {
  const now = past.latest('num_gc');
  if (now === undefined) return undefined;
  return leastSince(past.recent('num_gc'), past.recent(series), now) ?? leastSince(past.points('num_gc'), past.points(series), now);
}

function leastSince(counts: readonly Point[], points: readonly Point[], now: number): number | undefined {
  const begin = counts.findLast(({ floor }) => now - floor >= cycles)?.at;
  if (begin === undefined) return undefined;
  const floors = points.flatMap(({ at, floor }) => (at >= begin ? [floor] : []));
  return floors.length === 0 ? undefined : Math.min(...floors);
}
