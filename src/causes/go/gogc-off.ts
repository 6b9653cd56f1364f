import type { MemStats } from '../../model/go.ts';
import { found } from '../../model/reading.ts';
import { formatBytes } from '../../model/units.ts';
import { type Cause, count, inactive, size, worthNamingBytes } from '../engine/cause.ts';

/**
 * GOGC=off without a GOMEMLIMIT (runtime/debug.SetGCPercent): the forced collection of every two minutes is off as well (gcTrigger.test in
 * runtime/mgc.go), so that nothing is ever freed. Said at once: it takes no collection to see it.
 */
export const gogcOff: Cause = {
  name: 'gogc_off',
  title: 'the collector is off, and nothing starts it',
  claims: ['go:heap_live'],
  judge({ ledger: { snapshot } }) {
    if (!snapshot.go.ok) return snapshot.go;
    const { memstats } = snapshot.go.value;
    if (!isCollectorOff(memstats)) return inactive;
    const { heapAlloc, numGc = 0 } = memstats;
    return found({
      ...(heapAlloc >= worthNamingBytes && { bytes: heapAlloc }), // it is to be told of a heap that has just begun, too
      evidence: [
        size('allocated, alive or not', heapAlloc, 'HeapAlloc'),
        count('collections so far', numGc, 'NumGC; NextGC is beyond all memory'),
      ],
      summary: `The garbage collector is off and no GOMEMLIMIT starts it: each allocation stays until an OOM kill, ${formatBytes(heapAlloc)} so far.`,
      next: "a GOMEMLIMIT below the container's limit, at which it collects; or GOGC=100",
    });
  },
};

/** By its own goal, where the source tells one at all: only GOGC=off without a limit puts it beyond all memory. */
export function isCollectorOff({ nextGc, isNextGcUnknown }: MemStats): boolean {
  return nextGc === undefined && isNextGcUnknown !== true;
}
