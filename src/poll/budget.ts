import type { Bytes } from '../model/units.ts';

/** What is known of the last walk over a target's mappings. */
export interface LastWalk {
  /** Unix seconds. */
  readonly at: number;
  /** What it took. */
  readonly seconds: number;
  /** VmRSS at that time. */
  readonly rss: Bytes | undefined;
}

const minSeconds = 15; // between two walks, whatever they cost
const usualCosts = 200; // times the cost of a walk: at most 0.5 % of the time is the mapping lock held
const costsAfterJump = 50;
const maxSecondsForRepeats = 60;
const jumpShare = 0.05;
const jumpBytes = 64 * 1024 * 1024;

/**
 * Seconds to wait between two walks of smaps or smaps_rollup: reading them takes the target's mmap_lock
 * (94 ms for the rollup of 8 GiB were measured), so it is a cost to the target. A jump of RSS shortens the wait.
 */
export function walkInterval(last: LastWalk, rss: Bytes | undefined): number {
  const jumped = rss !== undefined && last.rss !== undefined && Math.abs(rss - last.rss) >= Math.max(jumpShare * last.rss, jumpBytes);
  return Math.max(minSeconds, (jumped ? costsAfterJump : usualCosts) * last.seconds);
}

/** Whether the mappings may be walked now. A tenth of a second of grace keeps a 15 s walk on a 15 s poll whose timer came early. */
export function walkIsDue(last: LastWalk | undefined, now: number, rss: Bytes | undefined): boolean {
  return last === undefined || now < last.at || now - last.at >= walkInterval(last, rss) - 0.1;
}

/**
 * Whether one poll may walk again, because Go's numbers moved around its first walk. All its walks together are what the wait for the next
 * one goes by, so that the share is kept: as long as that is no longer than a minute. (On a busy machine a walk of 3 ms took up to 110 ms.)
 */
export function walkMayRepeat(spent: LastWalk): boolean {
  return usualCosts * 2 * spent.seconds <= maxSecondsForRepeats;
}

/** Seconds between two reads of the open files of a process, by what the last one took: they take at most 1 % of the time. */
export function openFilesInterval(seconds: number): number {
  return Math.max(minSeconds, 100 * seconds);
}
