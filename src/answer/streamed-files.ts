import type { Past } from '../history/past.ts';
import { type Bytes, bytes, mebibyte } from '../model/units.ts';

const readRatio = 0.4; // of what was read once: at 0.3 the program's own code was read again, 120 MiB of a file being read through
const maxReadBytes = 48 * mebibyte; // however much is read, it is gone through a little at a time
// seconds of writes, until they are on the disk and their pages can be taken: 100 of 180 MiB of logs at 30 a second were too little
const writeSeconds = 3;

/**
 * Room for file pages that are read or written once: with none, the kernel takes the program's own for them. Of what was seen of the cache
 * beside what is `inUse` or locked; nothing after one look at a group that has no cache now.
 */
export function streamedFiles(past: Past, inUse: number): Bytes {
  const once = Math.max(0, (past.peak('page_cache') ?? 0) - inUse);
  return bytes(Math.round(Math.min(once, Math.max(Math.min(maxReadBytes, readRatio * once), writeSeconds * writtenASecond(past)))));
}

/** The most between two polls. */
function writtenASecond(past: Past): number {
  const points = past.points('written');
  const rates = points.slice(1).map(({ at, floor }, index) => {
    const before = points[index];
    return before === undefined || at <= before.at ? 0 : (floor - before.floor) / (at - before.at);
  });
  return Math.max(0, ...rates);
}
