import { found } from '../reading.ts';
import { formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { size } from './evidence.ts';

const share = 0.1; // of what Go uses

/** Idle heap that the runtime keeps for the next load: the plateau of the story that memgap was born from (golang/go#35890). */
export const goReserved: Cause = {
  name: 'go_reserved',
  title: 'idle Go heap, kept for reuse',
  claims: ['go:heap_reserved'],
  judge({ ledger: { go } }) {
    if (!go.ok) return go;
    const { reserved, used } = go.value;
    if (reserved < share * used) return found('not this');
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
