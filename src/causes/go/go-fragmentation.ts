import { leastOverCollections } from '../../history/collections.ts';
import { found } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, inactive, isLarge, ratio, size } from '../engine/cause.ts';

// of the heap in use: an eighth is usual, for objects are rounded up to size classes (runtime/sizeclasses.go: 12.5 % at most)
const minHeapRatio = 0.25;

/** Free slots between live objects: their spans can't be given back (golang/go#18896, #78962). */
export const goFragmentation: Cause = {
  name: 'go_fragmentation',
  title: 'fragmented Go heap',
  claims: ['go:heap_fragmentation'],
  judge({ ledger: { go, rss }, past }) {
    if (!go.ok) return go;
    if (!rss.ok) return rss;
    const { heapInuse } = go.value.memstats;
    const now = go.value.fragmentation;
    // what allocations fill in between two collections is no waste; garbage only hides slots, it makes none
    const lasting = bytes(Math.min(now, leastOverCollections(past, 'heap_fragmentation') ?? now));
    if (lasting < minHeapRatio * heapInuse || !isLarge(lasting, rss.value.total)) return inactive;
    return found({
      bytes: lasting,
      evidence: [
        size('free slots and span tails', lasting, 'HeapInuse - HeapAlloc, the least over two collections where they were seen'),
        ratio('of the heap in use', lasting / heapInuse, 'HeapInuse'),
      ],
      summary: `${formatBytes(lasting)} of Go's heap are free slots between live objects, which only objects of the same size class can fill.`,
      next: 'go tool pprof -inuse_space URL/debug/pprof/heap: find what small or odd-sized objects outlive a load, and copy what must stay',
    });
  },
};
