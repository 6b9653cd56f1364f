import { leastOverCollections } from '../../history/collections.ts';
import type { GoLimit, MemStats } from '../../model/go.ts';
import { goRuntime } from '../../model/go-layouts.ts';
import { found, known, missing } from '../../model/reading.ts';
import { bytes, formatBytes, mebibyte } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size } from '../engine/cause.ts';
import { gogcOf } from './go-settings.ts';

const maxGoalRatio = 1.1; // the scavenger keeps a tenth more than the goal needs (retainExtraPercent in runtime/mgcscavenge.go)

/**
 * A collection that found so much more alive than its forerunners left (and a MiB: globals are scanned too) found a heap that grows: what
 * was allocated since may live as well, and in a heap that doubles with each cycle all of it does.
 */
const maxGrowthRatio = 1.1;
const minGoalBytes = goRuntime.defaultHeapMinimum; // at GOGC=100, whatever lives

/**
 * Room between what lives and the size at which the next collection comes: garbage not collected yet, and idle heap for it
 * (golang/go#44527, #55041). Free slots of spans in use are fragmentation's, so they are not counted here.
 */
export const goGcHeadroom: Cause = {
  name: 'go_gc_headroom',
  title: 'room for garbage, up to the next collection',
  claims: ['go:heap_live', 'go:heap_reserved'],
  judge({ ledger, past }) {
    const { go, rss } = ledger;
    if (!go.ok) return go;
    if (!rss.ok) return rss;
    const { memstats } = go.value;
    if (memstats.isNextGcUnknown) return missing('unsupported', 'this source does not tell at which heap the next collection comes');
    if (memstats.nextGc === undefined)
      return missing('disabled', 'the garbage collector has no goal that a heap can reach: GOGC is off, or as good as off');
    const minHeap = leastOverCollections(past, 'heap_alloc');
    if (minHeap === undefined)
      return missing('too-early', 'what lives in the heap shows over two garbage collections, which were not seen yet');
    const gogc = known(gogcOf(ledger))?.value;
    const isOff = gogc === 'off';
    const marked = isOff ? 0 : markedLive(memstats, gogc);
    if (marked > maxGrowthRatio * minHeap + mebibyte) return missing('too-early', growing(gogc));
    const garbage = Math.max(0, memstats.heapAlloc - Math.max(minHeap, marked));
    const room = bytes(garbage + go.value.reserved);
    if (!isWithinGoal(memstats) || !isLarge(room, rss.value.total)) return inactive;
    return found({
      bytes: room,
      evidence: [
        size('garbage at most', garbage, 'HeapAlloc - its least over two collections, or what NextGC says that lived'),
        size('idle heap', go.value.reserved, 'HeapIdle - HeapReleased'),
        size('the next collection comes at', memstats.nextGc, 'NextGC'),
      ],
      summary: `Up to ${formatBytes(room)} of the heap is garbage and room for it until the next collection, ${isOff ? 'which with GOGC=off comes only near GOMEMLIMIT' : 'which is how GOGC works'}.`,
      next: isOff
        ? 'nothing; to trade CPU time for memory: GOGC=100, or a lower GOMEMLIMIT'
        : 'nothing; to trade CPU time for memory: GOMEMLIMIT, or a GOGC below 100',
    });
  },
};

/**
 * What the last collection found alive, from its goal: live + (live + stacks) x GOGC (runtime/mgcpacer.go); GOGC is 100 if unknown. At most
 * what is allocated.
 */
function markedLive(memstats: MemStats, ratio = 1): number {
  const goal = memstats.nextGc ?? 0;
  if (goal <= minGoalBytes * ratio) return 0; // it tells nothing of what lives
  return Math.min(memstats.heapAlloc, Math.max(0, goal - ratio * memstats.stackInuse) / (1 + ratio));
}

function growing(gogc: GoLimit<number> | undefined): string {
  const or = gogc === undefined ? ', unless GOGC is above 100, which no source tells' : '';
  return `each collection finds more alive than the ones before${or}: what is garbage shows when the heap has stood for two collections`;
}

/** Whether the heap that Go holds is no more than its collector wants for the next cycle; the rest is left from a higher load. */
export function isWithinGoal({ heapInuse, heapIdle, heapReleased, nextGc }: MemStats): boolean {
  return nextGc !== undefined && heapInuse + heapIdle - heapReleased <= maxGoalRatio * nextGc;
}
