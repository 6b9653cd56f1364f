import { isThrashing, refaultsOf } from '../../history/thrashing.ts';
import { found, known, missing } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import type { Account } from '../engine/accounts.ts';
import { type Cause, count, inactive, perSecond, seconds, size } from '../engine/cause.ts';

const mapped = ['mapped_files', 'exe_file', 'shared_libraries'] as const;

/** Where file pages are claimed, so that nobody else says that nothing is to be done: what is mapped is part of the group's cache. */
const files: readonly Account[] = [...mapped.map((part): Account => `rss:${part}`), 'cgroup:file_cache'];

/**
 * The limit leaves no room for the file pages that are in use, the program's own code among them: they are taken and fetched again from the
 * disk, and no OOM kill ends it (kubernetes-sigs/kind#4215, open-telemetry/opentelemetry-helm-charts#2376, moby/moby#39245).
 */
export const pageCacheThrashing: Cause = {
  name: 'page_cache_thrashing',
  title: 'file pages taken back and read again all the time',
  claims: files,
  judge({ ledger, past }) {
    const { cgroup, snapshot } = ledger;
    if (!cgroup.ok) return cgroup;
    const { stat } = cgroup.value.numbers.levels[0];
    if (stat.refaultedFile === undefined) return missing('unsupported', 'memory.stat has no workingset_refault_file (Linux 5.9)');
    const refaults = refaultsOf(ledger, past);
    if (refaults === undefined) return missing('too-early', 'refaults have a rate from two polls on, or five seconds after the start');
    if (!isThrashing(ledger, past)) return inactive;
    const owners = known(ledger.mapped)?.value.components;
    const resident = mapped.reduce((sum, part) => sum + (owners?.[part] ?? 0), 0);
    const { limit } = cgroup.value;
    const activity = known(snapshot.activity);
    const pressure = known(snapshot.pressure);
    const since = refaults.isWholeLife ? ' since it started' : '';
    const below = limit === undefined ? '' : ` below the limit of ${formatBytes(limit)}`;
    return found({
      bytes: bytes(Math.max(resident, cgroup.value.components.file_cache ?? 0)),
      evidence: [
        perSecond('file pages read again', refaults.rate, 'memory.stat workingset_refault_file x 4 KiB'),
        seconds(refaults.isWholeLife ? 'since the process started' : 'seen for', refaults.over, 'time of the polls'),
        count('faults that waited for the disk', activity?.majorFaults, '/proc/PID/stat majflt'),
        size('read from the disk so far', activity?.readBytes, '/proc/PID/io read_bytes'),
        seconds('time that tasks waited for memory', pressure?.waiting, 'memory.pressure some'),
        size('file pages in use', stat.activeFile, 'memory.stat active_file'),
      ],
      summary: `There is no room for the files in use${below}: the kernel takes their pages, the program's own code among them, and ${formatBytes(refaults.rate)} a second${since} are read again from the disk. It is slow, and no OOM kill will end it.`,
      next: 'raise the limit until memgap_cgroup_file_refaults_total stands still: by the size of the executable and of the files that are in use',
    });
  },
};
