import { found } from '../reading.ts';
import { bytes, formatBytes } from '../units.ts';
import { printable } from '../untrusted.ts';
import type { Cause } from './cause.ts';
import { size } from './evidence.ts';
import { isLarge } from './large.ts';

/** Files read through mmap, as databases do: reclaimable, though RES shows it (bbolt#234, etcd#10190, VictoriaMetrics#7962). */
export const mappedFiles: Cause = {
  name: 'mapped_files',
  title: 'mapped files',
  claims: ['rss:mapped_files'],
  judge({ ledger: { mapped } }) {
    if (!mapped.ok) return mapped;
    const { components, total, largestFiles } = mapped.value.value;
    const files = components.mapped_files ?? bytes(0);
    if (!isLarge(files, total)) return found('not this');
    const [largest] = largestFiles;
    const most = largest === undefined ? '' : `, most of it of ${printable(largest.path, 128)}`;
    return found({
      bytes: files,
      evidence: [
        size('resident of mapped files', files, 'smaps'),
        ...largestFiles.map(({ path, rss }) => size(printable(path, 128), rss, 'smaps')),
      ],
      summary: `${formatBytes(files)} is resident of files that are mapped${most}; what was not written to is taken back when memory is short.`,
      next: 'nothing: watch memgap_oom_headroom_bytes instead of RSS',
    });
  },
};
