import type { Ledger } from '../books/ledger.ts';
import { known } from '../model/reading.ts';
import { mebibyte } from '../model/units.ts';
import type { Past } from './past.ts';

/** How fast file pages come back that had been taken: a rate a second, and the time that it was seen over. */
export interface Refaults {
  /** Bytes of file pages that were needed again, a second: of the group. */
  readonly rate: number;
  /** Seconds. */
  readonly over: number;
  /** Whether that is the time since the process started, for one look has no other. */
  readonly isWholeLife: boolean;
}

const pageBytes = 4096; // the kernel counts pages: where one is 64 KiB the rate is told too low, never too high
const minSeconds = 1.5; // seconds
const minAgeSeconds = 5; // seconds: every program reads its own code when it starts
const minBytesPerSecond = mebibyte; // a second: a disk that does 4 KiB pieces does no more
const turnoverSeconds = 60; // seconds in which all of the group's file pages are fetched anew

/** `undefined` where the kernel does not tell refaults, or since when is not known. */
export function refaultsOf(ledger: Ledger, past: Past): Refaults | undefined {
  const now = known(ledger.cgroup)?.numbers.levels[0].stat.refaultedFile;
  if (now === undefined) return undefined;
  const before = past.recent('refaulted_file').findLast(({ at }) => past.until - at >= minSeconds);
  if (before !== undefined && now >= before.floor) {
    const over = past.until - before.at;
    return { rate: ((now - before.floor) * pageBytes) / over, over, isWholeLife: false };
  }
  const start = known(ledger.snapshot.process)?.startTime;
  const over = start === undefined ? 0 : ledger.snapshot.takenAt - start;
  return over < minAgeSeconds ? undefined : { rate: (now * pageBytes) / over, over, isWholeLife: true };
}

/**
 * Whether the group's file pages are fetched from the disk again and again: all of them within a minute. Over a whole life it takes the
 * process's own reads as well, since the group's counter may be older than the process.
 */
export function isThrashing(ledger: Ledger, past: Past): boolean {
  const refaults = refaultsOf(ledger, past);
  const cache = known(ledger.cgroup)?.components.file_cache;
  if (refaults === undefined || cache === undefined) return false;
  const fast = Math.max(minBytesPerSecond, cache / turnoverSeconds);
  if (refaults.rate < fast) return false;
  const read = known(ledger.snapshot.activity)?.readBytes;
  return !refaults.isWholeLife || read === undefined || read / refaults.over >= fast / 2;
}
