import { found, missing } from '../reading.ts';
import type { GoNumbers } from '../snapshot.ts';
import { bytes, formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { leastOverCollections } from './collections.ts';
import { size } from './evidence.ts';
import { isWithinGoal } from './goal.ts';
import { isLarge } from './large.ts';

const grown = 4; // times: then most of the heap is newer than the polls that tell what lives

/**
 * Room between what lives and the size at which the next collection comes: garbage not collected yet, and idle heap for it (golang/go#44527, #55041).
 * Free slots of spans in use are fragmentation's, so they are not counted here.
 */
export const goGcHeadroom: Cause = {
  name: 'go_gc_headroom',
  title: 'room for garbage, up to the next collection',
  claims: ['go:heap_live', 'go:heap_reserved'],
  judge({ ledger: { go, rss, snapshot }, past }) {
    if (!go.ok) return go;
    if (!snapshot.go.ok) return snapshot.go;
    if (!rss.ok) return rss;
    const { memstats } = snapshot.go.value;
    if (memstats.nextGc === undefined) return missing('disabled', 'the garbage collector has no goal: GOGC=off');
    const least = leastOverCollections(past, 'heap_alloc');
    if (least === undefined)
      return missing('too-early', 'what lives in the heap shows over two garbage collections, which were not seen yet');
    const marked = markedLive(snapshot.go.value);
    if (marked > grown * least) return missing('too-early', 'the heap has just grown: what of it lives shows over two more collections');
    const garbage = Math.max(0, memstats.heapAlloc - Math.max(least, marked));
    const room = bytes(garbage + go.value.reserved);
    if (!isWithinGoal(memstats) || !isLarge(room, rss.value.total)) return found('not this');
    return found({
      bytes: room,
      evidence: [
        size('garbage at most', garbage, 'HeapAlloc - its least over two collections, or what NextGC says that lived'),
        size('idle heap', go.value.reserved, 'HeapIdle - HeapReleased'),
        size('the next collection comes at', memstats.nextGc, 'NextGC'),
      ],
      summary: `${formatBytes(room)} of the heap is garbage and room for it until the next collection, which is how GOGC works.`,
      next: 'nothing; to trade CPU time for memory: GOMEMLIMIT, or a GOGC below 100',
    });
  },
};

/** What the last collection found alive, from its goal: live + (live + stacks) x GOGC (runtime/mgcpacer.go); GOGC is 100 where it is not told. Never above what is allocated. */
function markedLive({ memstats, gogc = 1 }: GoNumbers): number {
  const ratio = gogc === 'off' ? 1 : gogc;
  return Math.min(memstats.heapAlloc, Math.max(0, (memstats.nextGc ?? 0) - ratio * memstats.stackInuse) / (1 + ratio));
}
