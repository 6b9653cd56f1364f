import type { CgroupFigures, Ledger } from '../../books/ledger.ts';
import type { CgroupLevel, CgroupNumbers } from '../../model/cgroup.ts';
import { cgroupTable } from '../../model/components/cgroup.ts';
import { known } from '../../model/reading.ts';
import { counter, type Family, gauge, labeled, partition } from './family.ts';

/** The container's number and what it is made of. File names are those of cgroup v2; v1 has the same under other names. */
export const cgroupFamilies: readonly Family[] = [
  gauge(
    'memgap_cgroup_usage_bytes',
    "The cgroup book's total: memory.current (v1: memory.usage_in_bytes).",
    (ledger) => own(ledger)?.usage,
  ),
  partition(
    cgroupTable.family,
    'component',
    'Usage by component, from memory.stat: they add up to memgap_cgroup_usage_bytes. unattributed is signed: per-CPU charge batches, and counters that this kernel lacks.',
    'always',
    ({ cgroup }) => cgroup,
  ),
  gauge(
    'memgap_cgroup_limit_bytes',
    'The tightest memory.max (v1: memory.limit_in_bytes) that is visible; absent if none.',
    (ledger) => figures(ledger)?.limit,
  ),
  gauge('memgap_cgroup_high_bytes', 'The tightest memory.high that is visible; absent if none.', (ledger) => figures(ledger)?.high),
  gauge('memgap_cgroup_peak_bytes', 'memory.peak (v1: memory.max_usage_in_bytes).', (ledger) => numbers(ledger)?.peak),
  gauge(
    'memgap_cgroup_working_set_bytes',
    'Usage - inactive_file of memory.stat, as the kubelet computes it.',
    (ledger) => figures(ledger)?.workingSet,
  ),
  gauge(
    'memgap_cgroup_unreclaimable_bytes',
    'Usage less what the kernel can take back before an OOM kill: clean page cache and reclaimable slab of memory.stat, LazyFree of smaps_rollup (read more rarely).',
    (ledger) => figures(ledger)?.unreclaimable,
  ),
  gauge(
    'memgap_cgroup_active_file_bytes',
    'active_file of memory.stat: an LRU list, no part of memgap_cgroup_memory_bytes.',
    (ledger) => own(ledger)?.stat.activeFile,
  ),
  gauge(
    'memgap_cgroup_inactive_file_bytes',
    'inactive_file of memory.stat: an LRU list that holds lazily freed anonymous memory too, no part of memgap_cgroup_memory_bytes.',
    (ledger) => own(ledger)?.stat.inactiveFile,
  ),
  gauge('memgap_cgroup_swap_bytes', 'memory.swap.current (v1: memsw less memory usage).', (ledger) => numbers(ledger)?.swap),
  gauge('memgap_cgroup_swap_limit_bytes', 'memory.swap.max; absent if none.', (ledger) => numbers(ledger)?.swapLimit),
  gauge(
    'memgap_cgroup_levels_visible',
    'How many levels of the cgroup tree could be read, the own one included: a sidecar on v2 sees that one only.',
    (ledger) => numbers(ledger)?.levels.length,
  ),
  gauge(
    'memgap_cgroup_locked_file_bytes',
    'Page cache that can not be taken back, on no LRU list of files: mlock, memfd_secret, ramfs. file - shmem - active_file - inactive_file of memory.stat; part of memgap_cgroup_unreclaimable_bytes.',
    (ledger) => figures(ledger)?.lockedFile,
  ),
  gauge(
    'memgap_oom_headroom_bytes',
    'Lower bound on the memory that can be had before an OOM kill: the smallest limit - unreclaimable over the visible levels of the cgroup tree, less what pipes may hold and page tables; absent without a limit.',
    (ledger) => {
      const cgroup = figures(ledger);
      return cgroup && known(cgroup.headroom);
    },
  ),
  {
    name: 'memgap_cgroup_events_total',
    type: 'counter',
    help: 'Events of the group since it was made, from memory.events (v1: oom_kill of memory.oom_control, and memory.failcnt as max).',
    labels: ['event'],
    *values({ ledger }) {
      const events = ledger && known(ledger.snapshot.events);
      if (events === undefined) return;
      const { oom, oomKill, max, high } = events;
      yield* labeled('event', { oom, oom_kill: oomKill, max, high });
    },
  },
  counter(
    'memgap_cgroup_pressure_waiting_seconds_total',
    'Time that at least one task of the group waited for memory: total of some in memory.pressure.',
    ({ snapshot }) => known(snapshot.pressure)?.waiting,
  ),
  counter(
    'memgap_cgroup_pressure_stalled_seconds_total',
    'Time that all tasks of the group waited for memory: total of full in memory.pressure.',
    ({ snapshot }) => known(snapshot.pressure)?.stalled,
  ),
  counter(
    'memgap_cgroup_file_refaults_total',
    'File pages that were taken back and soon needed again, since the group was made: workingset_refault_file of memory.stat.',
    ({ cgroup }) => known(cgroup)?.numbers.levels[0].stat.refaultedFile,
  ),
  gauge(
    'memgap_other_processes',
    "Other processes in the target's memory cgroup, from cgroup.procs.",
    ({ snapshot }) => known(snapshot.others)?.count,
  ),
  gauge(
    'memgap_other_processes_rss_bytes',
    "Sum of VmRSS over the other processes in the target's memory cgroup; absent when one of them could not be read.",
    ({ snapshot }) => known(snapshot.others)?.rss,
  ),
];

function figures({ cgroup }: Ledger): CgroupFigures | undefined {
  return known(cgroup);
}

function numbers({ snapshot }: Ledger): CgroupNumbers | undefined {
  return known(snapshot.cgroup);
}

function own(ledger: Ledger): CgroupLevel | undefined {
  return numbers(ledger)?.levels[0];
}
