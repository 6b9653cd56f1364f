import type { RssKind } from '../model/components/kinds.ts';
import type { ProcessStatus } from '../model/process.ts';
import { missing, type Reading } from '../model/reading.ts';
import { type Book, balance } from './balance.ts';

/** RSS by kind, from three lines of /proc/PID/status that the kernel prints from one sum (task_mem in fs/proc/task_mmu.c). Needs Linux 4.5. */
export function rssKinds(status: ProcessStatus): Reading<Book<RssKind>> {
  if (status.rssAnon === undefined && status.rssFile === undefined && status.rssShmem === undefined) {
    return missing('unsupported', 'status has no RssAnon, RssFile and RssShmem: they need Linux 4.5');
  }
  return balance('RSS', status.vmRss, { anon: status.rssAnon, file: status.rssFile, shmem: status.rssShmem });
}
