import { found, missing, type Reading } from '../reading.ts';
import type { CgroupLevel, CgroupNumbers, CgroupStat } from '../snapshot.ts';
import { type Bytes, bytes } from '../units.ts';

/** How near a group is to its limits. */
export interface Headroom {
  /** The tightest limit that could be seen; absent where there is none. */
  readonly limit: Bytes | undefined;
  /** The tightest memory.high that could be seen: the kernel throttles there before it kills at the limit. */
  readonly high: Bytes | undefined;
  /** usage - inactive_file, as the kubelet computes it. It still holds active cache and reclaimable slab. */
  readonly workingSet: Bytes | undefined;
  /** What the kernel can't take back before an OOM kill: usage - reclaimable. */
  readonly unreclaimable: Bytes | undefined;
  /** The least of limit - unreclaimable over the visible levels; a gap where no level has a limit. May be negative for a moment. */
  readonly headroom: Reading<Bytes>;
}

/**
 * The kernel kills when usage meets a limit and reclaim failed, so what counts is usage less what reclaim can take.
 * `lazyFree` (MADV_FREE, from smaps_rollup) is reclaimable although it is counted in `anon`; unknown means that none is assumed,
 * which errs to the safe side.
 */
export function headroomOf(group: CgroupNumbers, lazyFree: Bytes | undefined): Headroom {
  const [own] = group.levels;
  const limits = group.levels.map((level) => level.limit).concat(group.hierarchicalLimit);
  const limit = least(limits);
  return {
    limit,
    high: least(group.levels.map((level) => level.high)),
    workingSet: own.stat.inactiveFile === undefined ? undefined : bytes(Math.max(0, own.usage - own.stat.inactiveFile)),
    unreclaimable: unreclaimable(own, lazyFree),
    headroom:
      limit === undefined ? missing('disabled', 'no visible level of the cgroup tree has a memory limit') : tightest(group, lazyFree),
  };
}

function tightest(group: CgroupNumbers, lazyFree: Bytes | undefined): Reading<Bytes> {
  const [own] = group.levels;
  // v1 tells the tightest limit of the whole tree, but not whose: the target's own use is the least that can count against it
  const levels = [...group.levels, { ...own, limit: group.hierarchicalLimit }];
  const rooms: Bytes[] = [];
  for (const level of levels) {
    if (level.limit === undefined) continue;
    const fixed = unreclaimable(level, lazyFree);
    if (fixed === undefined) return missing('unsupported', `memory.stat of ${level.path} does not tell how much can be reclaimed`);
    rooms.push(bytes(level.limit - fixed));
  }
  const room = least(rooms);
  return room === undefined ? missing('disabled', 'no limit') : found(room);
}

function unreclaimable(level: CgroupLevel, lazyFree: Bytes | undefined): Bytes | undefined {
  const cache = cleanCache(level.stat);
  if (cache === undefined) return undefined;
  // v1 does not tell its reclaimable slab; none is assumed
  const reclaimable = cache + (level.stat.slabReclaimable ?? 0) + Math.min(lazyFree ?? 0, level.stat.anon ?? 0);
  return bytes(Math.max(0, level.usage - reclaimable));
}

/** Page cache that needs no writing first; shmem is no cache, it can only be swapped. */
function cleanCache({ file, shmem, dirty, writeback }: CgroupStat): number | undefined {
  if (file === undefined || shmem === undefined || dirty === undefined || writeback === undefined) return undefined;
  return Math.max(0, file - shmem - dirty - writeback);
}

function least(sizes: ReadonlyArray<Bytes | undefined>): Bytes | undefined {
  const known = sizes.filter((size) => size !== undefined);
  return known.length === 0 ? undefined : bytes(Math.min(...known));
}
