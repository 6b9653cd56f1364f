import type { CgroupLevel, CgroupNumbers, CgroupStat } from '../model/cgroup.ts';
import { found, mapReading, missing, type Reading } from '../model/reading.ts';
import { type Bytes, bytes, mebibyte } from '../model/units.ts';
import type { HeldCache } from './held-cache.ts';

/** How near a group is to its limits. */
export interface Headroom {
  /** The tightest limit that could be seen; absent where there is none. */
  readonly limit: Bytes | undefined;
  /** The tightest memory.high that could be seen: the kernel throttles there before it kills at the limit. */
  readonly high: Bytes | undefined;
  /** usage - inactive_file, as the kubelet computes it. It still holds active cache and reclaimable slab. */
  readonly workingSet: Bytes | undefined;
  /** What the kernel can't take back before an OOM kill: usage - reclaimable. Cache that send queues may hold is part of it. */
  readonly unreclaimable: Bytes | undefined;
  /** Of the page cache, what is on no list to be taken back from (mlock(2), memfd_secret(2), ramfs): part of `unreclaimable`. */
  readonly lockedFile: Bytes | undefined;
  /**
   * The least of limit - unreclaimable over the visible levels, less what pipes may hold, and what handing it out takes: at least so much
   * can be had. A gap where no level has a limit. May be negative for a moment.
   */
  readonly headroom: Reading<Bytes>;
  /** No more can be had: if neither send queues nor pipes hold any page cache. Absent where nothing is in doubt. */
  readonly headroomMost: Bytes | undefined;
}

/** Page tables for 512 pages that are handed out take one, whatever the architecture's page size (64-bit entries). */
const tableRatio = 1 / 512;

/**
 * What runs keeps its hottest code, and each CPU its stock of pages: killed with 0.7 to 2.6 MiB left, in groups of 160 to 400 MiB (6.12,
 * 6.18).
 */
const codeInUseBytes = 3 * mebibyte;
const codeRatio = 1 / 50; // of the limit, where that is less

const minIntervalRatio = 1 / 50; // of the limit: less is within what the figure errs by

const nothingHeld: HeldCache = { queues: 0, pipes: 0 };

/**
 * How near a group is to its limits (docs/how-it-works.md#headroom). `lazyFree` (MADV_FREE, from smaps_rollup) can be reclaimed although it
 * is counted in `anon`; unknown means that none is assumed, which errs to the safe side.
 */
export function headroomOf(group: CgroupNumbers, lazyFree: Bytes | undefined, held: HeldCache = nothingHeld): Headroom {
  const [own] = group.levels;
  const limit = smallest(group.levels.map((level) => level.limit).concat(group.hierarchicalLimit));
  const inDoubt = Math.min(held.queues + held.pipes, cleanCache(own.stat) ?? 0) > minIntervalRatio * (limit ?? 0);
  const maxRoom = roomOf(group, (level) => leastUnreclaimable(level, lazyFree));
  return {
    limit,
    high: smallest(group.levels.map((level) => level.high)),
    workingSet: own.stat.inactiveFile === undefined ? undefined : bytes(Math.max(0, own.usage - own.stat.inactiveFile)),
    unreclaimable: unreclaimable(own, lazyFree, held.queues),
    lockedFile: lockedFile(own.stat, lazyFree),
    headroom: mapReading(
      roomOf(group, (level) => unreclaimable(level, lazyFree, held.queues + held.pipes)),
      (room) => usable(room, limit),
    ),
    headroomMost: maxRoom.ok && inDoubt ? maxRoom.value : undefined,
  };
}

function roomOf(group: CgroupNumbers, fixedOf: (level: CgroupLevel) => Bytes | undefined): Reading<Bytes> {
  const [own] = group.levels;
  // v1 tells the tightest limit of the whole tree, but not whose: the target's own use is the least that can count against it
  const levels = [...group.levels, { ...own, limit: group.hierarchicalLimit }];
  const rooms: Bytes[] = [];
  for (const level of levels) {
    if (level.limit === undefined) continue;
    const fixed = fixedOf(level);
    if (fixed === undefined) return missing('unsupported', `memory.stat of ${level.path} does not tell how much can be reclaimed`);
    rooms.push(bytes(level.limit - fixed));
  }
  const room = smallest(rooms);
  return room === undefined ? missing('disabled', 'no visible level of the cgroup tree has a memory limit') : found(room);
}

function usable(room: Bytes, limit: Bytes = room): Bytes {
  return room <= 0 ? room : bytes(Math.floor(Math.max(0, room * (1 - tableRatio) - Math.min(codeInUseBytes, codeRatio * limit))));
}

/** `held` is of the page cache, and no more of it than there is. */
function unreclaimable({ usage, stat }: CgroupLevel, lazyFree: Bytes | undefined, held: number): Bytes | undefined {
  const cache = cleanCache(stat);
  if (cache === undefined) return undefined;
  const lazy = lazilyFreed(stat, lazyFree);
  const onLists = onFileLists(stat);
  const evictable = onLists === undefined ? cache + lazy : Math.min(cache + lazy, onLists);
  const free = Math.max(Math.min(lazy, evictable), evictable - held);
  // v1 does not tell its reclaimable slab; none is assumed
  return bytes(Math.max(0, usage - free - (stat.slabReclaimable ?? 0)));
}

/** If nothing is held, and all of v1's kernel memory is dentries and inodes: which part of it is, v1 does not tell. */
function leastUnreclaimable(level: CgroupLevel, lazyFree: Bytes | undefined): Bytes | undefined {
  const fixed = unreclaimable(level, lazyFree, 0);
  const { kernel, slabReclaimable } = level.stat;
  return fixed === undefined || slabReclaimable !== undefined ? fixed : bytes(Math.max(0, fixed - (kernel ?? 0)));
}

/** Page cache that needs no writing first; shmem is no cache, it can only be swapped. */
function cleanCache({ file, shmem, dirty, writeback }: CgroupStat): number | undefined {
  if (file === undefined || shmem === undefined || dirty === undefined || writeback === undefined) return undefined;
  return Math.max(0, file - shmem - dirty - writeback);
}

/** Freed lazily: anonymous, and on the lists of file pages since MADV_FREE put it there (mm/swap.c, lru_lazyfree). */
function lazilyFreed({ anon }: CgroupStat, lazyFree: Bytes | undefined): number {
  return Math.min(lazyFree ?? 0, anon ?? 0);
}

/** What reclaim finds of files: what is locked stands on the unevictable list instead (mm/vmscan.c), whatever `file` counts. */
function onFileLists({ activeFile, inactiveFile }: CgroupStat): number | undefined {
  return activeFile === undefined || inactiveFile === undefined ? undefined : activeFile + inactiveFile;
}

function lockedFile(stat: CgroupStat, lazyFree: Bytes | undefined): Bytes | undefined {
  const onLists = onFileLists(stat);
  if (stat.file === undefined || stat.shmem === undefined || onLists === undefined) return undefined;
  return bytes(Math.max(0, stat.file - stat.shmem - Math.max(0, onLists - lazilyFreed(stat, lazyFree))));
}

function smallest(sizes: ReadonlyArray<Bytes | undefined>): Bytes | undefined {
  const known = sizes.filter((size) => size !== undefined);
  return known.length === 0 ? undefined : bytes(Math.min(...known));
}
