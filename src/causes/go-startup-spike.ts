import { found, missing } from '../reading.ts';
import type { Snapshot } from '../snapshot.ts';
import { bytes, formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { size } from './evidence.ts';

const peakTimes = 1.5; // resident now
const heapTimes = 2; // the heap in use
const least = 32 * 1024 ** 2; // a lesser peak fits any limit
const everyProgram = 1024 ** 2; // of tables: a program that polls alone kept busy had 0.6 MiB when it had started, 1.2 some collections later

/**
 * A peak that is over, such as the first LIST of an operator (aws-load-balancer-controller#3919, VictoriaMetrics/operator#285): most of it was given
 * back, and what stays is the metadata that the runtime made for a heap of that size. VmHWM, for MaxRSS survives exec.
 */
export const goStartupSpike: Cause = {
  name: 'go_startup_spike',
  title: 'a peak that is over',
  claims: ['rss:go_metadata'],
  judge({ ledger: { go, snapshot, mapped } }) {
    if (!go.ok) return go;
    if (!snapshot.go.ok) return snapshot.go;
    if (!snapshot.status.ok) return snapshot.status;
    const { vmHwm, vmRss } = snapshot.status.value;
    if (vmHwm === undefined) return missing('unsupported', 'status has no VmHWM');
    if (!isPeakOver(snapshot)) return found('not this');
    const { heapSys, heapInuse, heapReleased } = snapshot.go.value.memstats;
    const metadata = (mapped.ok ? mapped.value.value.components.go_metadata : undefined) ?? 0;
    const left = bytes(Math.round(Math.max(0, metadata - everyProgram) * (1 - heapInuse / heapSys)));
    return found({
      ...(left >= 1024 ** 2 && { bytes: left }), // less is not worth a claim, and the peak is to be told all the same
      evidence: [
        size('peak', vmHwm, 'VmHWM'),
        size('resident now', vmRss, 'VmRSS'),
        size('heap at its largest', heapSys, 'HeapSys'),
        size('given back of it', heapReleased, 'HeapReleased'),
      ],
      summary: `The process once held ${formatBytes(vmHwm)}, ${formatBytes(vmHwm - vmRss)} more than now; what is left of that is metadata sized by the peak.`,
      next: 'a limit must fit the peak: page the LIST calls (limit=500) or narrow what is loaded at the start to lower it',
    });
  },
};

/** Whether there was a peak, it was one of the heap, and it is over. `false` where status and Go's numbers are not both known. */
export function isPeakOver({ go, status }: Pick<Snapshot, 'go' | 'status'>): boolean {
  if (!go.ok || !status.ok || status.value.vmHwm === undefined) return false;
  const { vmHwm, vmRss } = status.value;
  const { heapSys, heapInuse, heapIdle, heapReleased } = go.value.memstats;
  const isOver = vmHwm >= peakTimes * vmRss && vmHwm - vmRss >= least;
  return isOver && heapSys >= heapTimes * heapInuse && heapReleased >= heapIdle / 2;
}
