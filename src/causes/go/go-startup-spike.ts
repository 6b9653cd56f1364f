import { found, missing } from '../../model/reading.ts';
import { bytes, formatBytes, mebibyte } from '../../model/units.ts';
import { type Cause, inactive, size, worthNamingBytes } from '../engine/cause.ts';
import { pastPeakOf } from './past-peak.ts';

// of tables: a program that polls alone kept busy had 0.6 MiB when it had started, 1.2 some collections later
const usualTableBytes = mebibyte;

/**
 * A peak of Go's heap that is over, such as the first LIST of an operator (aws-load-balancer-controller#3919,
 * VictoriaMetrics/operator#285): most of it was given back, and what stays is the metadata that the runtime made for a heap of that size.
 */
export const goStartupSpike: Cause = {
  name: 'go_startup_spike',
  title: "a peak of Go's heap that is over",
  claims: ['rss:go_metadata'],
  judge({ ledger: { go, snapshot, mapped } }) {
    if (!go.ok) return go;
    if (!snapshot.status.ok) return snapshot.status;
    const { vmHwm, vmRss } = snapshot.status.value;
    if (vmHwm === undefined) return missing('unsupported', 'status has no VmHWM');
    const peak = pastPeakOf(snapshot);
    if (peak?.owner !== 'go') return inactive;
    const { heapSys, heapInuse, heapReleased } = go.value.memstats;
    const metadata = (mapped.ok ? mapped.value.value.components.go_metadata : undefined) ?? 0;
    const left = bytes(Math.round(Math.max(0, metadata - usualTableBytes) * (1 - heapInuse / heapSys)));
    return found({
      ...(left >= worthNamingBytes && { bytes: left }), // less is not worth a claim, and the peak is to be told all the same
      evidence: [
        size('peak', vmHwm, 'VmHWM'),
        size('resident now', vmRss, 'VmRSS'),
        size('heap at its largest', heapSys, 'HeapSys'),
        size('given back of it', heapReleased, 'HeapReleased'),
      ],
      summary: `The process once held ${formatBytes(vmHwm)}, ${formatBytes(peak.over)} more than now, most of it heap that Go gave back; what is left of that is metadata sized by the peak.`,
      next: lower(snapshot.build.ok && snapshot.build.value.clientGo === true),
    });
  },
};

function lower(isOperator: boolean): string {
  const how = isOperator
    ? 'page the LIST calls (limit=500), narrow what the informers load'
    : 'load less at once at the start, or in pieces';
  return `a limit must fit the peak; to lower it: ${how}`;
}
