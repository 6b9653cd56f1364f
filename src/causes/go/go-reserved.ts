import type { Ledger } from '../../books/ledger.ts';
import { found, known } from '../../model/reading.ts';
import { formatBytes } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size } from '../engine/cause.ts';
import { isWithinGoal } from './go-gc-headroom.ts';
import { gogcOf, memoryLimitOf } from './go-settings.ts';
import { isCollectorOff } from './gogc-off.ts';

/** Idle heap that the runtime keeps for the next load: the plateau of the story that memgap was born from (golang/go#35890). */
export const goReserved: Cause = {
  name: 'go_reserved',
  title: 'idle Go heap, kept for reuse',
  claims: ['go:heap_reserved'],
  judge({ ledger }) {
    const { go } = ledger;
    if (!go.ok) return go;
    const { reserved, used } = go.value;
    const isOff = known(gogcOf(ledger))?.value === 'off';
    // within the goal it is room that the collector uses in every cycle: go_gc_headroom. With GOGC=off the goal is the limit, and no cycle
    // comes before
    if (!isLarge(reserved, used) || (!isOff && isWithinGoal(go.value.memstats))) return inactive;
    return found({
      bytes: reserved,
      evidence: [
        size('idle heap that was not given back', reserved, 'HeapIdle - HeapReleased'),
        size('used by Go', used, 'Sys - HeapReleased'),
      ],
      summary: `Go keeps ${formatBytes(reserved)} of idle heap for the next load${isOff ? keptUntil(ledger) : ''}.`,
      next: isOff
        ? 'debug.FreeOSMemory() after a load, a lower GOMEMLIMIT, or GOGC=100'
        : 'nothing: it is reused or given back; to have it back at once: debug.FreeOSMemory() after a load. Compare a second load (memgap loadtest)',
    });
  },
};

/**
 * How far the background scavenger goes is set at the end of a collection (gcPaceScavenger in runtime/mgcscavenge.go), and with GOGC=off
 * none comes before the heap is near the limit, not even after two minutes (gcTrigger.test in runtime/mgc.go). Without one it begins at 95
 * % of the limit (reduceExtraPercent).
 */
function keptUntil(ledger: Ledger): string {
  const isUnlimited = ledger.go.ok && isCollectorOff(ledger.go.value.memstats);
  const told = known(memoryLimitOf(ledger));
  // one that the program set itself would not show
  const limit = told?.source === 'environment' && told.value === 'off' ? undefined : told?.value;
  if (isUnlimited || limit === 'off') return ', and with GOGC=off and no GOMEMLIMIT gives none of it back';
  const which = limit === undefined ? 'GOMEMLIMIT, which is not known' : `GOMEMLIMIT (${formatBytes(limit)})`;
  return `: with GOGC=off it is kept until Go uses 95 % of ${which}, and nothing starts a collection before`;
}
