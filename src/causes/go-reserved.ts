import { found } from '../reading.ts';
import { formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { size } from './evidence.ts';
import { isWithinGoal } from './goal.ts';
import { isLarge } from './large.ts';

/** Idle heap that the runtime keeps for the next load: the plateau of the story that memgap was born from (golang/go#35890). */
export const goReserved: Cause = {
  name: 'go_reserved',
  title: 'idle Go heap, kept for reuse',
  claims: ['go:heap_reserved'],
  judge({ ledger: { go, snapshot } }) {
    if (!go.ok) return go;
    if (!snapshot.go.ok) return snapshot.go;
    const { reserved, used } = go.value;
    // within the goal it is room that the collector uses in every cycle: go_gc_headroom
    if (!isLarge(reserved, used) || isWithinGoal(snapshot.go.value.memstats)) return found('not this');
    return found({
      bytes: reserved,
      evidence: [
        size('idle heap that was not given back', reserved, 'HeapIdle - HeapReleased'),
        size('used by Go', used, 'Sys - HeapReleased'),
      ],
      summary: `Go keeps ${formatBytes(reserved)} of idle heap for the next load.`,
      next: 'nothing: it is reused or given back; compare a second load (memgap loadtest)',
    });
  },
};
