import type { Ledger } from '../books/ledger.ts';
import { found, known } from '../model/reading.ts';
import { bytes, formatBytes } from '../model/units.ts';
import type { Row, Section } from './section.ts';

/**
 * Memory that the process holds and RSS does not show, where there is some: huge pages of hugetlbfs, which have limits of their own (in the
 * container's memory on cgroup v2 with memory_hugetlb_accounting), and what is pinned. Each line is a total of its own.
 */
export function besideRss(ledger: Ledger): readonly Section[] {
  const rows = [...hugePages(ledger), ...pinned(ledger)];
  return rows.length === 0 ? [] : [{ title: 'Process, beside RSS', rows }];
}

function hugePages({ snapshot, cgroup }: Ledger): readonly Row[] {
  const size = known(snapshot.status)?.hugetlbPages;
  if (size === undefined || size === 0) return [];
  const charged = known(cgroup)?.components.hugetlb ?? 0;
  const where = charged > 0 ? `outside of RSS; ${formatBytes(charged)} in the container` : "outside of RSS and of the container's memory";
  return [{ depth: 0, label: 'huge pages (hugetlbfs)', size: found(size), source: `status HugetlbPages; ${where}` }];
}

/** Perf's rings are in no RSS on Linux 6.18, where that was measured; of other pinned pages VmPin does not tell whether they are mapped. */
function pinned({ snapshot, mapped, cgroup }: Ledger): readonly Row[] {
  const size = known(snapshot.status)?.vmPin;
  if (size === undefined || size === 0) return [];
  const perf = known(mapped)?.value.named.kernel.find(({ name }) => name === 'anon_inode:[perf_event]');
  const outside = perf === undefined ? 0 : perf.size - perf.rss;
  const unmapped = known(cgroup)?.components.anon_unmapped ?? 0;
  if (outside >= size / 2) {
    const source = `smaps: Size of anon_inode:[perf_event]; VmPin ${formatBytes(size)}; outside of RSS and of the container`;
    return [{ depth: 0, label: 'rings of perf, pinned', size: found(bytes(outside)), source }];
  }
  const where = unmapped >= size / 2 ? 'charged to the container, mapped by nobody' : 'in RSS as far as it is mapped';
  return [{ depth: 0, label: 'pinned for rings or devices', size: found(size), source: `status VmPin; ${where}` }];
}
