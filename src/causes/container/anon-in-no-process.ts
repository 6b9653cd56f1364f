import { found, missing } from '../../model/reading.ts';
import { bytes, formatBytes, mebibyte } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size } from '../engine/cause.ts';

const minBytes = 8 * mebibyte; // the kernel keeps back batches of its counters, a processor and a process

/**
 * Charged as anonymous to the group, and resident in no process of it: copies that only a child in another group still uses (fork, then
 * written to), or pages of a process that has left. The container's number holds it, and no process's does.
 */
export const anonInNoProcess: Cause = {
  name: 'anon_in_no_process',
  title: "the container's, and in no process of it",
  claims: [],
  judge({ ledger: { cgroup, snapshot } }) {
    if (!cgroup.ok) return cgroup;
    if (!snapshot.status.ok) return snapshot.status;
    if (!snapshot.others.ok) return snapshot.others;
    const { anon } = cgroup.value.components;
    const { rssAnon } = snapshot.status.value;
    const { anon: others, count } = snapshot.others.value;
    if (anon === undefined || rssAnon === undefined) return missing('unsupported', 'memory.stat or status does not tell anonymous memory');
    if (others === undefined) return missing('denied', 'not all of the other processes of the group could be read');
    const nobodys = anon - rssAnon - others;
    if (nobodys < minBytes || !isLarge(nobodys, cgroup.value.total)) return inactive;
    return found({
      evidence: [
        size("the container's anonymous memory", anon, 'memory.stat'),
        size('of this process', rssAnon, 'status RssAnon'),
        count > 0 && size(`of ${count} other processes`, others, 'status RssAnon'),
      ],
      summary: `${formatBytes(bytes(nobodys))} of the container's anonymous memory is in no process of it: copies that a child in another group still uses, or what a process that was moved away has left.`,
      next: "size it by the container, as memgap's right size does; it goes when the last process that has it mapped ends: pstree -p PID shows children in other groups",
    });
  },
};
