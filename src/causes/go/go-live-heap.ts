import { leastOverCollections } from '../../history/collections.ts';
import { growthIn } from '../../history/growth.ts';
import type { Past } from '../../history/past.ts';
import { found, missing } from '../../model/reading.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, inactive, perHour, size } from '../engine/cause.ts';
import { isCollectorOff } from './gogc-off.ts';

const minRssRatio = 0.5; // of RSS: then nothing else is worth looking at first

/** What the program holds on to: in an operator mostly the caches of its informers (prometheus-operator#2372, k8ssandra-operator#1752). */
export const goLiveHeap: Cause = {
  name: 'go_live_heap',
  title: 'live Go heap',
  claims: ['go:heap_live'],
  judge({ ledger: { go, rss, snapshot }, past }) {
    if (!go.ok) return go;
    if (!rss.ok) return rss;
    if (snapshot.go.ok && isCollectorOff(snapshot.go.value.memstats))
      return missing('disabled', 'the collector is off (gogc_off): what lives is not told from garbage');
    const live = leastOverCollections(past, 'heap_alloc');
    if (live === undefined)
      return missing('too-early', 'what lives in the heap shows over two garbage collections, which were not seen yet');
    if (live < minRssRatio * rss.value.total) return inactive;
    const rate = leakRate(past);
    const growth =
      rate === undefined ? '' : `; it grows in a line: ${formatBytes(rate)} an hour, which is a leak unless the load grows as well`;
    return found({
      bytes: bytes(live),
      evidence: [
        size('least heap over two collections', live, 'HeapAlloc'),
        size('resident', rss.value.total, 'VmRSS'),
        perHour('growth of the live heap', rate, 'Theil-Sen slope over floors of HeapAlloc'),
      ],
      summary: `The program itself holds ${formatBytes(live)} of live heap${growth}.`,
      next: `go tool pprof -inuse_space URL/debug/pprof/heap${isOperator(snapshot) ? ': most often what its informers cache; narrow it' : ''}`,
    });
  },
};

/** By its build info: only a program with client-go has informers. */
function isOperator({ build }: Snapshot): boolean {
  return build.ok && build.value.clientGo === true;
}

/** Bytes an hour, where the heap's floor rises in a line and each quarter saw a collection: without one, garbage alone rises like that. */
function leakRate(past: Past): number | undefined {
  const growth = growthIn(past, 'heap_alloc');
  if (growth?.shape !== 'line') return undefined;
  const counts = past.points('num_gc');
  const quarters = [0, 1, 2, 3].map((quarter) => counts[Math.floor((counts.length * quarter) / 4)]?.floor ?? 0);
  const ends = [...quarters.slice(1), past.latest('num_gc') ?? 0];
  return quarters.every((begin, index) => (ends[index] ?? 0) > begin) ? growth.perHour : undefined;
}
