import type { Snapshot } from '../../model/snapshot.ts';
import { type Bytes, bytes, mebibyte } from '../../model/units.ts';

const minPeakRatio = 1.5; // what is resident and swapped out now
const minOverBytes = 32 * mebibyte; // a lesser peak fits any limit
const minHeapRatio = 2; // the heap in use

/** Memory that was resident once and is gone. */
export interface PastPeak {
  /** VmHWM - VmRSS - VmSwap: so much more than now. */
  readonly over: Bytes;
  /** `go`: most of it can have been heap, which Go gave back since; `other`: it can't. */
  readonly owner: 'go' | 'other';
}

/**
 * A peak of the process that is over. Go's heap was it only if Go has given back half of what is gone: of 200 MiB of mmap, and of 200 MiB
 * of a mapped file, HeapReleased was at most 4 MiB, and the heap it was in none of those runs. VmHWM, for MaxRSS survives exec. `undefined`
 * where there was none that counts, or status and Go's numbers are not both known.
 */
export function pastPeakOf({ go, status }: Pick<Snapshot, 'go' | 'status'>): PastPeak | undefined {
  if (!go.ok || !status.ok || status.value.vmHwm === undefined) return undefined;
  const { vmHwm, vmRss, vmSwap = 0 } = status.value;
  const over = bytes(vmHwm - vmRss - vmSwap);
  if (vmHwm < minPeakRatio * (vmRss + vmSwap) || over < minOverBytes) return undefined;
  const { heapSys, heapInuse, heapIdle, heapReleased } = go.value.memstats;
  if (heapReleased < over / 2) return { over, owner: 'other' };
  return heapSys >= minHeapRatio * heapInuse && heapReleased >= heapIdle / 2 ? { over, owner: 'go' } : undefined;
}
