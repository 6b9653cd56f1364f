import { found, missing } from '../../model/reading.ts';
import { formatBytes } from '../../model/units.ts';
import { printable } from '../../untrusted.ts';
import { type Cause, count, inactive, isLarge, size } from '../engine/cause.ts';

/**
 * Children and neighbors in the same group: the container's number is theirs as well (argo-cd#2022, charts#27091, kgateway#14648). Their
 * anonymous memory, for the pages of files in their VmRSS are page cache, and named so.
 */
export const otherProcesses: Cause = {
  name: 'other_processes',
  title: 'other processes of the container',
  claims: ['cgroup:other_processes'],
  judge({ ledger: { cgroup, snapshot } }) {
    if (!cgroup.ok) return cgroup;
    if (!snapshot.others.ok) return snapshot.others;
    const { count: processes, rss, anon, largest } = snapshot.others.value;
    if (rss === undefined) return missing('denied', 'another process of the group could not be read');
    if (anon === undefined) return missing('unsupported', 'status has no RssAnon: this kernel does not tell anonymous memory from files');
    if (!isLarge(anon, cgroup.value.total)) return inactive;
    const who =
      largest === undefined
        ? ''
        : `, the largest of them ${printable(largest.name, 64)} (pid ${largest.pid}) with ${formatBytes(largest.rss)} resident`;
    return found({
      bytes: anon,
      evidence: [
        count('other processes', processes, 'cgroup.procs'),
        size('anonymous together', anon, 'status RssAnon of each'),
        size('resident together', rss, 'status VmRSS of each'),
        largest && size(printable(largest.name, 64), largest.rss, `status VmRSS of pid ${largest.pid}`),
      ],
      summary: `Other processes of the container hold ${formatBytes(anon)} of anonymous memory${who}.`,
      next: 'ps -eo pid,ppid,rss,comm: a child that should have ended, or one that needs a limit of its own',
    });
  },
};
