import type { Ledger } from '../books/ledger.ts';
import { found, missing, type Reading } from '../model/reading.ts';
import { type Bytes, bytes } from '../model/units.ts';
import type { Past, Point, Series } from './past.ts';

const minCycles = 2; // the first may have begun before the first of these polls

/**
 * The least of a series over polls that span two garbage collections: of HeapAlloc it is what lives, for what a cycle finds dead is gone by
 * the next. `undefined` before two were seen. Collections come at least every two minutes (forcegcperiod in runtime/proc.go), unless they
 * are off: so the last hour tells it, and only where it does not the whole life, whose points span the more the older the process is.
 */
export function leastOverCollections(past: Past, series: Series): number | undefined {
  const now = past.latest('num_gc');
  if (now === undefined) return undefined;
  return leastSince(past.recent('num_gc'), past.recent(series), now) ?? leastSince(past.points('num_gc'), past.points(series), now);
}

function leastSince(counts: readonly Point[], points: readonly Point[], now: number): number | undefined {
  const begin = counts.findLast(({ floor }) => now - floor >= minCycles)?.at;
  if (begin === undefined) return undefined;
  const floors = points.flatMap(({ at, floor }) => (at >= begin ? [floor] : []));
  return floors.length === 0 ? undefined : Math.min(...floors);
}

/**
 * By how much the resident heap may still grow before a collection: up to NextGC, less what is allocated and the idle heap that is used
 * first. NextGC heeds GOMEMLIMIT already. A gap where Go's numbers or its goal are not known, or there is none.
 */
export function untilCollection({ go }: Ledger): Reading<Bytes> {
  if (!go.ok) return go;
  const { nextGc, isNextGcUnknown, heapAlloc } = go.value.memstats;
  if (nextGc !== undefined) return found(bytes(Math.max(0, nextGc - heapAlloc - go.value.reserved)));
  return isNextGcUnknown
    ? missing('unsupported', 'the heap at which the next collection comes is not known')
    : missing('disabled', 'GOGC is off');
}
