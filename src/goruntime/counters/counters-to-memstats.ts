import type { MemStats, RuntimeCounters } from '../../model/go.ts';
import { missing, type Reading } from '../../model/reading.ts';
import { bytes } from '../../model/units.ts';
import { checkMemStats } from '../endpoints/memstats-fields.ts';

/**
 * Pure: what the counters can honestly give of runtime.MemStats, by the sums of `readmemstats_m` (runtime/mstats.go). `sys`, `heapSys`,
 * `heapInuse`, `heapIdle`, `heapReleased` and the metadata are those of MemStats to the byte. `heapAlloc` may lag behind: what the threads'
 * own caches handed out since they were last refilled is not counted yet. Where `stackInuse` was not found, the stacks hold the GC's work
 * buffers too, and `stacksHoldGcWork` says so: all sums stay right. The GC's goal is the pacer's; the count of its runs is not among the
 * counters: absent.
 */
export function memStatsFromCounters(counters: RuntimeCounters): Reading<MemStats> {
  const { heapInUse, heapReleased, heapFree, totalAlloc, totalFree, mappedReady, stacksSys, gcMiscSys } = counters;
  const heapSys = heapInUse + heapReleased + heapFree;
  const joined = arenaBytes(counters) - heapSys;
  const stackInuse = counters.stackInuse ?? joined;
  if (joined < Math.max(0, stackInuse) || totalAlloc < totalFree)
    return missing('malformed', 'the counters of the Go runtime contradict one another');
  return checkMemStats({
    sys: bytes(mappedReady + heapReleased),
    heapAlloc: bytes(totalAlloc - totalFree),
    heapSys: bytes(heapSys),
    heapIdle: bytes(heapReleased + heapFree),
    heapInuse: heapInUse,
    heapReleased,
    stackInuse: bytes(stackInuse),
    stackSys: bytes(stackInuse + stacksSys),
    mspanSys: counters.mspanSys,
    mcacheSys: counters.mcacheSys,
    buckHashSys: counters.buckHashSys,
    gcSys: bytes(gcMiscSys + joined - stackInuse),
    otherSys: counters.otherSys,
    nextGc: counters.pacer?.nextGc,
    ...(counters.pacer === undefined ? { isNextGcUnknown: true } : {}),
    numGc: undefined,
    ...(counters.stackInuse === undefined ? { stacksHoldGcWork: true } : {}),
  });
}

/** Pure: the bytes of Go arenas, A (docs/how-it-works.md#without-any-endpoint): all mapped memory without what is not arena. */
export function arenaBytes(counters: RuntimeCounters): number {
  const { stacksSys, mspanSys, mcacheSys, buckHashSys, gcMiscSys, otherSys } = counters;
  return counters.mappedReady + counters.heapReleased - (stacksSys + mspanSys + mcacheSys + buckHashSys + gcMiscSys + otherSys);
}
