import { found, missing } from '../../model/reading.ts';
import { formatBytes } from '../../model/units.ts';
import { type Cause, inactive, size } from '../engine/cause.ts';

const minRssRatio = 0.05; // of RSS: 0.2 % is what a dense address space needs, 8 bytes a page

/** Page tables of a sparse address space, in no RSS and in the container's number (golang/go#38257). */
export const pageTables: Cause = {
  name: 'page_tables',
  title: 'page tables',
  claims: ['cgroup:page_tables', 'process:page_tables'],
  judge({ ledger: { cgroup, rss, snapshot } }) {
    if (!rss.ok) return rss;
    const group = cgroup.ok ? cgroup.value.components.page_tables : undefined;
    const own = snapshot.status.ok ? snapshot.status.value.vmPte : undefined;
    const tables = group ?? own;
    if (tables === undefined)
      return snapshot.status.ok ? missing('unsupported', 'neither memory.stat nor status tells page tables') : snapshot.status;
    if (tables < minRssRatio * rss.value.total) return inactive;
    return found({
      bytes: tables,
      evidence: [
        size('of the container', group, 'memory.stat pagetables'),
        size('of this process', own, 'status VmPTE'),
        size('resident', rss.value.total, 'VmRSS'),
      ],
      summary: `${formatBytes(tables)} is page tables: memory is touched here and there over a wide address space.`,
      next: 'look for large mappings of which little is resident: pmap -x PID | sort -nk2 | tail. What is unmapped gives its tables back',
    });
  },
};
