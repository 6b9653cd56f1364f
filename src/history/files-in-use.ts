import type { Ledger } from '../books/ledger.ts';
import type { CgroupStat } from '../model/cgroup.ts';
import { known } from '../model/reading.ts';
import { type Bytes, bytes } from '../model/units.ts';
import type { HeldBy } from './held.ts';

/** File pages that a program needs all the time: the kernel can take them back, and reads them again at once. */
export interface FilesInUse {
  readonly size: Bytes;
  /** At least so much of it another group is charged for today: where this one comes first, it pays. */
  readonly elsewhere: Bytes;
}

/**
 * The executable and mapped files that are resident, and cache that was used more than once (`active_file`). A limit without room for them
 * does not kill: a program of 50 MB under 34 MiB read 36.8 GB in a minute (kubernetes-sigs/kind#4215). What is locked stands among what
 * can't be taken back. `undefined` where neither the process nor its group tells it.
 */
export function filesInUse(ledger: Ledger, of: HeldBy): FilesInUse | undefined {
  const { snapshot } = ledger;
  const stat = of === 'shared' ? undefined : known(snapshot.cgroup)?.levels[0].stat;
  const cache = stat && evictable(stat);
  const mapped = mappedBy(ledger, of === 'shared' ? 0 : (known(ledger.cgroup)?.lockedFile ?? 0));
  const charged = stat && cache !== undefined ? Math.max(usedOf(stat, cache, wasReclaimed(ledger)), readAgain(ledger, cache)) : undefined;
  if (mapped === undefined && charged === undefined) return undefined;
  return {
    size: bytes(Math.max(mapped ?? 0, charged ?? 0)),
    elsewhere: bytes(cache === undefined ? 0 : Math.max(0, (mapped ?? 0) - cache)),
  };
}

/** Of the process; mappings of the kernel's rings and of devices count as RssFile, too, and are no files. */
function mappedBy({ snapshot, mapped }: Ledger, locked: number): number | undefined {
  const rssFile = known(snapshot.status)?.rssFile;
  if (rssFile === undefined) return undefined;
  return Math.max(0, rssFile - (known(mapped)?.value.components.kernel_mappings ?? 0) - locked);
}

/**
 * What of the group's cache is in use: on the active list, or mapped. A page that is mapped is put on the active list when the kernel looks
 * for memory to take, not before: until then the two are different pages, from then on mostly the same.
 */
function usedOf({ activeFile = bytes(0), inactiveFile, mappedFile, shmem }: CgroupStat, cache: number, reclaimed: boolean): number {
  const mapped = Math.min(cache, Math.max(0, (mappedFile ?? 0) - (shmem ?? 0))); // memory.stat counts mapped tmpfs there, too
  const activeToo = reclaimed ? Math.min(mapped, activeFile) : Math.max(0, mapped - (inactiveFile ?? 0));
  return Math.min(cache, activeFile + mapped - activeToo);
}

/**
 * What may have been read more than once, where that puts nothing on the active list: with a multi-generational LRU what read(2) reads
 * again and again stays among the inactive pages until the kernel looks for memory (118 MiB that were read all the time stood there on
 * 6.12, and the program starved without them).
 */
function readAgain(ledger: Ledger, cache: number): number {
  return wasReclaimed(ledger) ? 0 : Math.min(cache, known(ledger.snapshot.activity)?.readFromCache ?? 0);
}

/** Whether the kernel ever had to look for memory in this group; unknown is taken for no, which asks for more room. */
function wasReclaimed({ snapshot }: Ledger): boolean {
  const events = known(snapshot.events);
  return (events?.max ?? 0) > 0 || (events?.high ?? 0) > 0;
}

/** File pages that the kernel can take back: cache, and on the lists of files, where it stands unless it is locked. */
function evictable({ file, shmem, activeFile, inactiveFile }: CgroupStat): number | undefined {
  if (file === undefined || shmem === undefined || activeFile === undefined || inactiveFile === undefined) return undefined;
  return Math.max(0, Math.min(file - shmem, activeFile + inactiveFile));
}
