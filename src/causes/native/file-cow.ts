import { found } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { printable } from '../../untrusted.ts';
import { type Cause, growthClause, growthEvidence, inactive, isLarge, lineIn, size } from '../engine/cause.ts';

/** Pages of files that are mapped privately (MAP_PRIVATE) and written to: the kernel puts an anonymous copy in its place (mmap(2)). */
export const fileCow: Cause = {
  name: 'file_cow',
  title: 'written copies of mapped files',
  claims: ['rss:file_cow'],
  judge({ ledger: { mapped }, past }) {
    if (!mapped.ok) return mapped;
    const { components, total, named } = mapped.value.value;
    const copies = components.file_cow ?? bytes(0);
    const rate = lineIn(past, 'file_cow');
    if (rate === undefined && !isLarge(copies, total)) return inactive;
    const [largest] = named.copies;
    const most = largest === undefined ? '' : `, most of it of ${printable(largest.path, 128)}`;
    return found({
      bytes: copies,
      evidence: [
        size('anonymous pages of private file mappings', copies, 'smaps Anonymous'),
        ...named.copies.map(({ path, rss }) => size(printable(path, 128), rss, 'smaps Anonymous')),
        growthEvidence(rate),
      ],
      summary: `${formatBytes(copies)} is copies of pages of files that are mapped privately and were written to${most}: anonymous memory, which can only be swapped out, and never reaches the file${growthClause(rate)}.`,
      next: 'MAP_SHARED, or a mapping that is only read (edsrzf/mmap-go: RDWR or RDONLY instead of COPY); munmap what is done with',
    });
  },
};
