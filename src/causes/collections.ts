import type { Series } from './figures.ts';
import type { Past } from './past.ts';

const cycles = 2; // the first may have begun before the first of these polls

/**
 * The least of a series over polls that span two garbage collections: of HeapAlloc it is what lives, for what a cycle finds dead is gone by the next.
 * `undefined` before two were seen. Collections come at least every two minutes (forcegcperiod in runtime/proc.go), unless they are off.
 */
export function leastOverCollections(past: Past, series: Series): number | undefined {
  const now = past.latest('num_gc');
  if (now === undefined) return undefined;
  const begin = past.points('num_gc').findLast(({ floor }) => now - floor >= cycles)?.at;
  if (begin === undefined) return undefined;
  const floors = past.points(series).flatMap(({ at, floor }) => (at >= begin ? [floor] : []));
  return floors.length === 0 ? undefined : Math.min(...floors);
}
