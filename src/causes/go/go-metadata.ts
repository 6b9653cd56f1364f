import { found, missing } from '../../model/reading.ts';
import { bytes, formatBytes, mebibyte } from '../../model/units.ts';
import { type Cause, inactive, size } from '../engine/cause.ts';
import { doubtOf } from '../engine/doubt.ts';
import { pastPeakOf } from './past-peak.ts';

const minUsedRatio = 0.05; // of what Go uses
const minBytes = 4 * mebibyte; // any program has 1 to 3 MiB of them
const minPeakRatio = 2; // the heap in use: below it the metadata is what this heap needs

/** The runtime's own tables, sized by the largest heap there was, and never given back (golang/go#43402, #19325). */
export const goMetadata: Cause = {
  name: 'go_metadata',
  title: "the runtime's own tables",
  claims: ['rss:go_metadata'],
  judge({ ledger: { go, snapshot, mapped } }) {
    if (!go.ok) return go;
    if (!mapped.ok) return mapped; // 10 to 79 % of them were resident: their sizes alone say little
    // go_startup_spike says more of the same tables, and any program has the rest
    if (pastPeakOf(snapshot)?.owner === 'go') return inactive;
    const { gcSys, otherSys, mspanSys, heapSys, heapInuse } = go.value.memstats;
    if (gcSys === undefined || otherSys === undefined) return missing('unsupported', 'this Go does not tell GCSys and OtherSys apart');
    const tables = gcSys + mspanSys + otherSys;
    if (tables < Math.max(minBytes, minUsedRatio * go.value.used) || heapSys < minPeakRatio * heapInuse) return inactive;
    const resident = bytes(Math.min(tables, mapped.value.value.components.go_metadata ?? 0));
    const doubt = doubtOf(mapped.value.value, 'go_metadata');
    return found({
      bytes: resident,
      ...(doubt !== undefined && { isDoubtful: true }),
      evidence: [
        size('tables', tables, 'GCSys + MSpanSys + OtherSys'),
        size('heap at its largest', heapSys, 'HeapSys'),
        size('heap in use', heapInuse, 'HeapInuse'),
      ],
      summary: `${doubt === undefined ? '' : `${doubt.sentence}. `}Go's own tables were sized by a heap of ${formatBytes(heapSys)} and are never given back: ${formatBytes(resident)} of them are resident.`,
      next: 'nothing: no call gives them back, only a restart does; a lower peak keeps them small',
    });
  },
};
