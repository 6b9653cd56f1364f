import type { MemStats } from '../../model/go.ts';

/** HeapSys + StackInuse: the heap's address space without the GC's work buffers. */
export function heapAndStacks(memstats: MemStats): number {
  return memstats.heapSys + memstats.stackInuse;
}

/** GCSys, which W lies in. Very old Go tells the sum of GCSys and OtherSys only, by the first identity of the Go book. */
export function gcSysOf(memstats: MemStats): number {
  return memstats.gcSys ?? gcAndOther(memstats);
}

/** GCSys + OtherSys. */
function gcAndOther({ sys, heapSys, stackSys, mspanSys, mcacheSys, buckHashSys, gcSys, otherSys }: MemStats): number {
  if (gcSys !== undefined && otherSys !== undefined) return gcSys + otherSys;
  return Math.max(0, sys - heapSys - stackSys - mspanSys - mcacheSys - buckHashSys);
}

/** M: what the runtime mapped beside the heap, given the GC's work buffers W that lie in the heap. */
export function metadataSize(memstats: MemStats, workBuffers: number): number {
  const { mspanSys, mcacheSys, buckHashSys, stackSys, stackInuse } = memstats;
  return mspanSys + mcacheSys + buckHashSys + gcAndOther(memstats) - workBuffers + (stackSys - stackInuse);
}

/** C: what Go holds of the heap's address space; the rest of it is released. */
export function committed({ heapInuse, heapIdle, heapReleased, stackInuse }: MemStats, workBuffers: number): number {
  return heapInuse + (heapIdle - heapReleased) + stackInuse + workBuffers;
}
