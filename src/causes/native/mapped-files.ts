import type { FilePages } from '../../books/owners/rules/file-pages.ts';
import { found } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { printable } from '../../untrusted.ts';
import { type Cause, inactive, isLarge, size, worthNamingBytes } from '../engine/cause.ts';

/** Files read through mmap, as databases do: reclaimable where clean, though RES shows it (bbolt#234, etcd#10190, VictoriaMetrics#7962). */
export const mappedFiles: Cause = {
  name: 'mapped_files',
  title: 'mapped files',
  claims: ['rss:mapped_files'],
  judge({ ledger: { mapped } }) {
    if (!mapped.ok) return mapped;
    const { components, total, largestFiles, named } = mapped.value.value;
    const files = components.mapped_files ?? bytes(0);
    if (!isLarge(files, total)) return inactive;
    const [largest] = largestFiles;
    const most = largest === undefined ? '' : `, most of it of ${printable(largest.path, 128)}`;
    const { clean, dirty, locked } = named.files;
    return found({
      bytes: files,
      evidence: [
        size('resident of mapped files', files, 'smaps'),
        ...largestFiles.map(({ path, rss }) => size(printable(path, 128), rss, 'smaps')),
        size('clean', clean, 'smaps Rss - Anonymous - dirty, not locked'),
        size('dirty', dirty, 'smaps Private_Dirty + Shared_Dirty - Anonymous'),
        locked > 0 && size('locked', locked, 'smaps Locked'),
      ],
      summary: `${formatBytes(files)} is resident of files that are mapped${most}: ${statesOf(named.files)}.`,
      next: nextOf(named.files),
    });
  },
};

function statesOf({ clean, dirty, locked }: FilePages): string {
  const states = [
    [clean, 'is clean, and taken back when memory is short'],
    [dirty, 'was written to, and taken back only after it has been written to its file'],
    [locked, 'is locked, and never taken back'],
  ] as const;
  const worthSaying = states.filter(([each]) => each >= worthNamingBytes);
  return worthSaying.map(([each, what]) => `${formatBytes(each)} ${what}`).join('; ') || states[0][1];
}

/** Only of clean pages it is true that nothing has to be done. */
function nextOf({ clean, dirty, locked }: FilePages): string {
  if (locked > Math.max(clean, dirty)) return 'start it without the lock (mlock), or size the limit with it';
  if (dirty > clean)
    return 'sync FILE, or msync(2) in the program, makes it clean at once; the kernel does after vm.dirty_expire_centisecs (30 s)';
  return 'nothing: watch memgap_oom_headroom_bytes instead of RSS';
}
