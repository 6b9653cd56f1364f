import type { Past } from '../../history/past.ts';
import { found, missing } from '../../model/reading.ts';
import { formatBytes } from '../../model/units.ts';
import { type Cause, inactive, size } from '../engine/cause.ts';
import { pastPeakOf } from '../go/past-peak.ts';

const parts = {
  c_malloc: 'C malloc',
  native_mmap: 'memory mapped outside of Go',
  thread_stacks: 'stacks of threads',
  mapped_files: 'mapped files',
  shmem: 'shared memory',
} as const;

/**
 * A peak that is over and was not Go's heap: a library's buffers, a file that was mapped and read through. GOMEMLIMIT governs none of it,
 * and no LIST call made it. Of context: it holds nothing any more.
 */
export const peakNotGo: Cause = {
  name: 'peak_not_go',
  title: "a peak that was not Go's is over",
  claims: [],
  judge({ ledger: { go, snapshot }, past }) {
    if (!go.ok) return go;
    if (!snapshot.status.ok) return snapshot.status;
    const { vmHwm, vmRss } = snapshot.status.value;
    if (vmHwm === undefined) return missing('unsupported', 'status has no VmHWM');
    const peak = pastPeakOf(snapshot);
    if (peak?.owner !== 'other') return inactive;
    const seen = fallen(past, peak.over);
    const what =
      seen === undefined ? 'native memory or mapped files, which can not be told apart afterwards' : `most of it ${parts[seen.part]}`;
    const { heapReleased } = go.value.memstats;
    return found({
      evidence: [
        size('peak', vmHwm, 'VmHWM'),
        size('resident now', vmRss, 'VmRSS'),
        size('of what is gone, Go gave back at most', heapReleased, 'HeapReleased'),
        seen && size(`so much did ${parts[seen.part]} fall`, seen.fall, 'smaps: its highest poll - the last'),
      ],
      summary: `A peak that was not Go's is over: ${formatBytes(peak.over)} more than now were resident, and Go gave back no more than ${formatBytes(heapReleased)} since; ${what}.`,
      next:
        seen?.part === 'mapped_files'
          ? 'nothing: pages of files are taken back when memory is short'
          : 'look while it lasts: repeat the load under memgap serve, which tells native memory from files; native memory needs its room in the limit, and GOMEMLIMIT does not lower it',
    });
  },
};

/** The part that was seen to fall by most of it. */
function fallen(past: Past, over: number): { readonly part: keyof typeof parts; readonly fall: number } | undefined {
  for (const part of Object.keys(parts) as Array<keyof typeof parts>) {
    const fall = (past.peak(part) ?? 0) - (past.latest(part) ?? 0);
    if (fall > over / 2) return { part, fall };
  }
  return undefined;
}
