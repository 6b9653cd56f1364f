import type { Bytes } from './units.ts';

/** memory.stat of cgroup v1 or v2 under one set of names; what a kernel does not tell is absent. */
export interface CgroupStat {
  readonly anon: Bytes | undefined;
  /** The whole page cache, shmem included (v2 `file`, v1 `total_cache`). */
  readonly file: Bytes | undefined;
  readonly shmem: Bytes | undefined;
  readonly kernel: Bytes | undefined;
  readonly kernelStack: Bytes | undefined;
  readonly pageTables: Bytes | undefined;
  readonly percpu: Bytes | undefined;
  readonly vmalloc: Bytes | undefined;
  readonly slabReclaimable: Bytes | undefined;
  readonly slabUnreclaimable: Bytes | undefined;
  readonly zswap: Bytes | undefined;
  readonly sock: Bytes | undefined;
  readonly hugetlb: Bytes | undefined;
  readonly dirty: Bytes | undefined;
  readonly writeback: Bytes | undefined;
  readonly swapCached: Bytes | undefined;
  readonly activeFile: Bytes | undefined;
  readonly inactiveFile: Bytes | undefined;
  readonly activeAnon?: Bytes | undefined;
  readonly inactiveAnon?: Bytes | undefined;
  /** On the list of what can't be taken back: locked pages, of files and of anonymous memory, and tmpfs that is locked. */
  readonly unevictable?: Bytes | undefined;
  /** Anonymous memory in huge pages of 2 MiB (v2 `anon_thp`, v1 `total_rss_huge`). */
  readonly anonHuge?: Bytes | undefined;
  /** Of `file`, what some process has mapped. */
  readonly mappedFile?: Bytes | undefined;
  /** Counters since the group was made: file pages that were taken back and soon needed again, and faults that had to wait for a disk. */
  readonly refaultedFile?: number | undefined;
  readonly majorFaults?: number | undefined;
  /** All LRU lists together: every page that can be reclaimed or is locked, whether it is mapped or not. */
  readonly lists: Bytes | undefined;
}

/** One level of the cgroup tree that could be read. */
export interface CgroupLevel {
  /** The group's path below its mount, for `/explain`; never a label. */
  readonly path: string;
  readonly usage: Bytes;
  /** Absent when there is no limit (`max`). */
  readonly limit: Bytes | undefined;
  readonly high: Bytes | undefined;
  readonly stat: CgroupStat;
}

/** The target's own memory group. `levels[0]` is the group itself, the rest its visible ancestors, nearest first. */
export interface CgroupNumbers {
  readonly version: 1 | 2;
  /** How the group was found: below /proc/PID/root, or by the path of /proc/PID/cgroup. */
  readonly via: 'root' | 'path';
  readonly levels: readonly [CgroupLevel, ...CgroupLevel[]];
  /** The usage read before `levels[0].stat`; `levels[0].usage` was read after it. */
  readonly usageBefore: Bytes;
  readonly peak: Bytes | undefined;
  readonly swap: Bytes | undefined;
  readonly swapLimit: Bytes | undefined;
  /** v1 only: the tightest limit of the whole tree, also above what is visible. */
  readonly hierarchicalLimit: Bytes | undefined;
}

/** Counters of the group since it was made. */
export interface CgroupEvents {
  readonly oom: number | undefined;
  readonly oomKill: number | undefined;
  /** v1: memory.failcnt, how often usage hit the limit. */
  readonly max: number | undefined;
  readonly high: number | undefined;
}

/** Pressure stall totals of the group, in seconds. */
export interface CgroupPressure {
  readonly waiting: number;
  readonly stalled: number | undefined;
}

/** The other processes of the target's group. */
export interface OtherProcesses {
  readonly count: number;
  /** Both absent when one of them could not be read: VmRSS, and what of it is RssAnon (Linux 4.5). */
  readonly rss: Bytes | undefined;
  readonly anon: Bytes | undefined;
  /**
   * At least so many are there for another reason than the target: neither below it nor above it, in a group that is no container's or
   * pod's by its path. Absent where that could not be told.
   */
  readonly strangers?: number | undefined;
  /** The one with the most resident bytes, of those that could be read. Its name is hostile. */
  readonly largest?: { readonly pid: number; readonly name: string; readonly rss: Bytes };
}
