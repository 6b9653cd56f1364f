import type { Ledger } from '../../books/ledger.ts';
import { leastOverCollections } from '../../history/collections.ts';
import type { Past } from '../../history/past.ts';
import { goRuntime } from '../../model/go-layouts.ts';
import { found, known, missing, type Reading } from '../../model/reading.ts';
import { type Bytes, bytes, formatBytes, mebibyte } from '../../model/units.ts';
import { gogcOf, memoryLimitOf } from './go-settings.ts';

const goMarginRatio = 0.05; // of the limit: the collector needs room to notice (limit_without_headroom's)
const minRoomRatio = 1.25; // of the live heap: with a quarter of garbage collections cost four times as much as with GOGC=100
const keptRoomRatio = 0.75; // of what the collector has now: with half of it it runs twice as often, and a load is never the same twice
const { percent: headroomPercent, least: minHeadroomBytes } = goRuntime.memoryLimitHeadroom; // what the runtime keeps free below it

/** What a GOMEMLIMIT has to leave room for below the limit. */
interface RoomBelowLimit {
  readonly limit: Bytes;
  /** What is not Go's, and the files in use. */
  readonly beside: number;
}

/** The limit below which the least GOMEMLIMIT that Go can live with fits, beside so much; `undefined` where Go's numbers are not known. */
export function limitAbove(ledger: Ledger, past: Past, beside: number): number | undefined {
  return ledger.go.ok ? (needOf(ledger, past) + beside + mebibyte) / (1 - goMarginRatio) : undefined;
}

/** The GOMEMLIMIT that fits below a limit; a gap, with the reason, where Go would do little but collect: a lower one is worse than none. */
export function gomemlimitBelow(ledger: Ledger, past: Past, { limit, beside }: RoomBelowLimit): Reading<Bytes> {
  if (!ledger.go.ok) return ledger.go;
  const fits = bytes(Math.floor((limit - beside - goMarginRatio * limit) / mebibyte) * mebibyte);
  const need = needOf(ledger, past);
  if (fits >= need) return found(fits);
  const left = `${formatBytes(bytes(Math.max(0, fits)))} would be left, and Go needs ${formatBytes(need)}`;
  return missing('unsupported', `${left}: with less its collections cost more than twice as much`);
}

/**
 * Go's tables and stacks, touched or not, for GOMEMLIMIT counts what was mapped; free slots; what lives; and three quarters of the room
 * that the collector has now, or all that was seen in use. No less than a quarter of what lives, but where it does with less already, and
 * no GOMEMLIMIT is known to make it.
 */
function needOf(ledger: Ledger, past: Past): Bytes {
  const go = known(ledger.go);
  if (go === undefined) return bytes(Number.POSITIVE_INFINITY);
  const { memstats } = go;
  const minHeap = leastOverCollections(past, 'heap_alloc');
  const gogc = known(gogcOf(ledger))?.value;
  const set = known(memoryLimitOf(ledger))?.value ?? 'off';
  if (gogc === 'off' && set !== 'off' && minHeap === undefined) return set; // the heap is as large as that, whatever lives
  const live = minHeap ?? liveOf(ledger, memstats.heapAlloc);
  const goal = memstats.nextGc ?? live;
  const heap = Math.max(minRoomRatio * live, live + keptRoomRatio * (goal - live));
  const isFree = memstats.nextGc !== undefined && set === 'off';
  const now = go.fragmentation + (isFree ? Math.min(heap, goal) : heap);
  const all = memstats.stackInuse + go.metadata + Math.max(now, past.peak('heap_inuse') ?? 0);
  return bytes(Math.ceil(all + Math.max(minHeadroomBytes, (headroomPercent / 100) * all)));
}

/** Whether a GOMEMLIMIT is known to hold. */
export function isSet(ledger: Ledger): boolean {
  const limit = memoryLimitOf(ledger);
  return limit.ok && limit.value.value !== 'off';
}

/** Before two collections were seen: what NextGC says of the last one, unless a GOMEMLIMIT has a hand in it. */
function liveOf(ledger: Ledger, allocated: Bytes): number {
  const gogc = known(gogcOf(ledger))?.value;
  const goal = known(ledger.snapshot.go)?.memstats.nextGc;
  const limit = memoryLimitOf(ledger);
  if (gogc === undefined || gogc === 'off' || goal === undefined || !limit.ok || limit.value.value !== 'off') return allocated;
  return Math.min(allocated, goal / (1 + gogc));
}
