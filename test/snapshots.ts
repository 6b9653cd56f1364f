import type { CgroupStat } from '../src/model/cgroup.ts';
import type { MemStats } from '../src/model/go.ts';
import { missing } from '../src/model/reading.ts';
import type { Snapshot } from '../src/model/snapshot.ts';
import { type Bytes, bytes } from '../src/model/units.ts';

const untold = missing('disabled', 'not part of this test');

/** A snapshot in which nothing is known, and then what a test gives it. */
export function snapshotWith(known: Partial<Snapshot>): Snapshot {
  return {
    target: 'operator',
    labels: {},
    takenAt: 1_700_000_000,
    process: untold,
    go: untold,
    goSource: undefined,
    environment: untold,
    bracket: untold,
    profiles: untold,
    build: untold,
    status: untold,
    activity: untold,
    openFiles: untold,
    limits: untold,
    rollup: untold,
    cgroup: untold,
    events: untold,
    pressure: untold,
    others: untold,
    kernelThp: untold,
    sources: {},
    ...known,
  };
}

const mib = (count: number): Bytes => bytes(count * 1024 * 1024);

/** A MemStats whose identities hold: 100 MiB of Sys, of which 30 are released. */
export function memStatsWith(known: Partial<MemStats> = {}): MemStats {
  return {
    sys: mib(100),
    heapAlloc: mib(20),
    heapSys: mib(88),
    heapIdle: mib(60),
    heapInuse: mib(28),
    heapReleased: mib(30),
    stackInuse: mib(2),
    stackSys: mib(2),
    mspanSys: mib(1),
    mcacheSys: mib(1),
    buckHashSys: mib(2),
    gcSys: mib(4),
    otherSys: mib(2),
    nextGc: mib(40),
    numGc: 12,
    ...known,
  };
}

/** A memory.stat of which nothing is known, and then what a test gives it. */
export function cgroupStatWith(known: Partial<CgroupStat>): CgroupStat {
  return {
    anon: undefined,
    file: undefined,
    shmem: undefined,
    kernel: undefined,
    kernelStack: undefined,
    pageTables: undefined,
    percpu: undefined,
    vmalloc: undefined,
    slabReclaimable: undefined,
    slabUnreclaimable: undefined,
    zswap: undefined,
    sock: undefined,
    hugetlb: undefined,
    dirty: undefined,
    writeback: undefined,
    swapCached: undefined,
    activeFile: undefined,
    inactiveFile: undefined,
    lists: undefined,
    ...known,
  };
}
