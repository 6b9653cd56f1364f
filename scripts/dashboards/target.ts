import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { cgroupTable } from '../../src/model/components/cgroup.ts';
import { goTable } from '../../src/model/components/go.ts';
import { rssTable } from '../../src/model/components/rss.ts';
import { kindColors, overColor, paletteOf } from './colors.ts';
import { frame, oneOf, places } from './frame.ts';
import { marks } from './marks.ts';
import { chart, figure } from './panels.ts';
import { ofTarget } from './selectors.ts';
import { table } from './table.ts';

/** One process: where its memory is, by the three books. */
export function target(): Dashboard {
  return frame({
    uid: 'memgap-target',
    title: 'memgap / Target',
    description:
      'Where the memory of one Go process is: by owner, by the Go runtime, by its container. Vertical lines: new processes and OOM kills.',
    variables: [...places(), oneOf('target', 'memgap_target_up{namespace=~"$namespace", pod=~"$pod", instance=~"$instance"}', 'Target')],
    annotations: marks(),
    sections: [
      { heading: 'Now', panels: now() },
      { heading: 'Where it is', panels: where() },
      { heading: 'Will it be killed, does it leak', panels: growth() },
      { heading: 'How sure is that', panels: trust() },
    ],
  });
}

function now() {
  return [
    figure({
      title: 'Processes shown',
      description: 'Bad: more than 1. Then choose a pod or an instance, for the panels below would show them on top of each other.',
      unit: 'short',
      width: 3,
      expression: `count(${ofTarget('memgap_target_up')})`,
      legend: 'processes',
      steps: [{ from: 2, color: 'red' }],
    }),
    figure({
      title: 'Go',
      description:
        'The Go release that it was built with. Bad: one with a known fault of its own (docs/causes: go121_hugepages, go124_zeroing).',
      unit: 'none',
      width: 3,
      expression: ofTarget('memgap_target_info'),
      legend: '{{go_version}}',
      textOnly: true,
    }),
    figure({
      title: 'RSS',
      description: 'Resident set of the process. Bad: near the limit.',
      unit: 'bytes',
      width: 3,
      expression: ofTarget('memgap_rss_bytes'),
      legend: 'RSS',
    }),
    figure({
      title: 'Used by Go',
      description: 'Sys - HeapReleased: what the runtime believes it occupies, and what GOMEMLIMIT governs. Bad: far above the live heap.',
      unit: 'bytes',
      width: 3,
      expression: ofTarget('memgap_go_used_bytes'),
      legend: 'used',
    }),
    figure({
      title: 'Live heap',
      description: 'HeapAlloc, the number that pprof is about. Bad: a floor that rises.',
      unit: 'bytes',
      width: 3,
      expression: ofTarget('memgap_go_memory_bytes', 'component="heap_live"'),
      legend: 'live',
    }),
    figure({
      title: 'Unexplained now',
      description: 'RSS - used by Go. Bad: large and growing. Below 0: memory that Go committed and nobody touched.',
      unit: 'bytes',
      width: 3,
      expression: ofTarget('memgap_rss_unexplained_bytes'),
      legend: 'unexplained',
    }),
    figure({
      title: 'Headroom now',
      description: 'Bytes to an OOM kill, after what the kernel can take back. Bad: less than one load of the program takes.',
      unit: 'bytes',
      width: 3,
      expression: ofTarget('memgap_oom_headroom_bytes'),
      legend: 'headroom',
      steps: [
        { from: 16 * 1024 * 1024, color: 'yellow' },
        { from: 64 * 1024 * 1024, color: 'green' },
      ],
      otherwise: 'no limit',
    }),
    figure({
      title: 'Up for',
      description: 'Age of the process. Bad: minutes, again and again.',
      unit: 's',
      width: 3,
      expression: `time() - ${ofTarget('memgap_target_start_time_seconds')}`,
      legend: 'age',
    }),
  ];
}

function where() {
  return [
    chart({
      title: 'Resident memory by owner',
      description:
        'Every resident byte has an owner; together they are the RSS line, at each walk over the mappings (15 s to minutes apart). Bad: C, native or unattributed memory that grows, or the stack at the dashed limit.',
      unit: 'bytes',
      width: 12,
      height: 12,
      lines: [
        { expression: ofTarget('memgap_rss_component_bytes'), legend: '{{component}}', as: 'part' },
        { expression: ofTarget('memgap_rss_bytes'), legend: 'RSS', as: 'total' },
        { expression: ofTarget('memgap_cgroup_limit_bytes'), legend: 'limit of the container', as: 'limit' },
      ],
      colors: paletteOf(rssTable),
      min: 0,
    }),
    chart({
      title: 'What Go says of itself',
      description:
        'The partition of Sys. heap_reserved is kept for reuse, heap_released is given back. Bad: heap_live or stacks that rise with every load; fragmentation above heap_live.',
      unit: 'bytes',
      width: 12,
      height: 12,
      lines: [
        { expression: ofTarget('memgap_go_memory_bytes', 'component!="heap_released"'), legend: '{{component}}', as: 'part' },
        { expression: ofTarget('memgap_go_memory_bytes', 'component="heap_released"'), legend: '{{component}}', as: 'part' },
        { expression: ofTarget('memgap_go_sys_bytes'), legend: 'Sys', as: 'total' },
        { expression: ofTarget('memgap_go_next_gc_bytes'), legend: 'next GC', color: overColor },
        { expression: ofTarget('memgap_go_memory_limit_bytes'), legend: 'GOMEMLIMIT', as: 'limit' },
      ],
      colors: paletteOf(goTable),
      min: 0,
    }),
    chart({
      title: 'What the container is charged for',
      description:
        'The partition of the cgroup usage, which is what the limit counts. Page cache is taken back before a kill; the working set leaves out what of it is inactive. Bad: anon, slab_unreclaimable or kernel memory that grows.',
      unit: 'bytes',
      width: 12,
      height: 12,
      lines: [
        { expression: ofTarget('memgap_cgroup_memory_bytes'), legend: '{{component}}', as: 'part' },
        { expression: ofTarget('memgap_cgroup_usage_bytes'), legend: 'usage', as: 'total' },
        { expression: ofTarget('memgap_cgroup_working_set_bytes'), legend: 'working set', as: 'over', color: overColor },
        { expression: ofTarget('memgap_cgroup_limit_bytes'), legend: 'limit', as: 'limit' },
      ],
      colors: paletteOf(cgroupTable),
      min: 0,
    }),
    chart({
      title: 'Named causes',
      description: 'Bytes that each cause explains; a byte is claimed once. Bad: one that grows. What to do: docs/causes, or /explain.',
      unit: 'bytes',
      width: 12,
      height: 12,
      lines: [{ expression: ofTarget('memgap_cause_bytes'), legend: '{{cause}}', as: 'part' }],
      min: 0,
    }),
    table({
      title: 'Causes, as judged now',
      description:
        '1 holds, 0 does not; a cause whose sources could not be read is not in the list. Bad: a leak or a missing headroom at 1.',
      width: 12,
      labels: ['cause'],
      columns: [{ title: 'Holds', unit: 'none', expression: `max by (cause) (${ofTarget('memgap_cause_active')})` }],
    }),
    chart({
      title: 'Not explained by Go',
      description:
        'RSS - (Sys - HeapReleased), signed, and what of it is known. Bad: a floor that rises. Below 0: Go committed more than is resident.',
      unit: 'bytes',
      width: 12,
      lines: [
        { expression: ofTarget('memgap_rss_unexplained_bytes'), legend: 'unexplained', as: 'total' },
        { expression: `-${ofTarget('memgap_go_not_resident_bytes')}`, legend: 'committed, not resident' },
        { expression: ofTarget('memgap_lazyfree_bytes'), legend: 'lazily freed' },
        { expression: ofTarget('memgap_go_released_resident_max_bytes'), legend: 'released, resident (at most)' },
      ],
    }),
  ];
}

function growth() {
  return [
    chart({
      title: 'Headroom',
      description: 'Bytes to an OOM kill, and the limit less usage beside it, which counts page cache as lost. Bad: near 0.',
      unit: 'bytes',
      width: 12,
      lines: [
        { expression: ofTarget('memgap_oom_headroom_bytes'), legend: 'headroom', as: 'total' },
        { expression: `${ofTarget('memgap_cgroup_limit_bytes')} - ${ofTarget('memgap_cgroup_usage_bytes')}`, legend: 'limit - usage' },
      ],
      min: 0,
      steps: [
        { from: 16 * 1024 * 1024, color: 'yellow' },
        { from: 64 * 1024 * 1024, color: 'green' },
      ],
    }),
    chart({
      title: 'Leak or plateau: the least of an hour',
      description:
        'What stays when load and garbage are gone. A plateau rises once; bad is a step up with every load. Look at two days of it.',
      unit: 'bytes',
      width: 12,
      lines: [
        { expression: `min_over_time(${ofTarget('memgap_rss_bytes')}[1h])`, legend: 'RSS', as: 'total' },
        { expression: `min_over_time(${ofTarget('memgap_rss_unexplained_bytes')}[1h])`, legend: 'unexplained' },
        { expression: `min_over_time(${ofTarget('memgap_go_memory_bytes', 'component="heap_live"')}[1h])`, legend: 'live heap' },
      ],
    }),
    chart({
      title: 'Goroutines and threads',
      description:
        'Bad: goroutines that rise with the load and do not come back; more threads than cores times ten (blocked in C or in system calls).',
      unit: 'short',
      width: 12,
      lines: [
        { expression: ofTarget('memgap_goroutines'), legend: 'goroutines' },
        { expression: ofTarget('memgap_threads'), legend: 'threads' },
      ],
      min: 0,
    }),
    chart({
      title: 'Resident memory by kind of page',
      description: 'VmRSS as the kernel counts it, at every poll. Bad: anon that grows; file pages are shared and can be taken back.',
      unit: 'bytes',
      width: 12,
      lines: [
        { expression: ofTarget('memgap_rss_kind_bytes'), legend: '{{kind}}', as: 'part' },
        { expression: ofTarget('memgap_rss_peak_bytes'), legend: 'highest so far', color: overColor },
        { expression: ofTarget('memgap_swap_bytes'), legend: 'in swap' },
      ],
      colors: kindColors,
      min: 0,
    }),
    chart({
      title: 'Waiting for memory',
      description:
        'Share of the time that a task (waiting) or all tasks (stalled) of the container waited for memory. Bad: more than 1 % (cgroup v2 only).',
      unit: 'percentunit',
      width: 12,
      lines: [
        { expression: `rate(${ofTarget('memgap_cgroup_pressure_waiting_seconds_total')}[$__rate_interval])`, legend: 'waiting' },
        { expression: `rate(${ofTarget('memgap_cgroup_pressure_stalled_seconds_total')}[$__rate_interval])`, legend: 'stalled' },
      ],
      min: 0,
    }),
    chart({
      title: 'Events of the container',
      description:
        'How often the limit was hit (max, high) and who was killed (oom_kill), by step. Bad: any oom_kill; max is the kernel taking back page cache.',
      unit: 'short',
      width: 12,
      lines: [{ expression: `increase(${ofTarget('memgap_cgroup_events_total')}[$__rate_interval])`, legend: '{{event}}' }],
      min: 0,
    }),
  ];
}

function trust() {
  return [
    chart({
      title: 'Attribution error',
      description:
        'At most so much of the resident memory stands with a wrong owner. Bad: over 5 %; over 20 % is worth a bug report for memgap.',
      unit: 'percentunit',
      width: 8,
      lines: [{ expression: ofTarget('memgap_rss_attribution_error_ratio'), legend: 'error at most' }],
      steps: [
        { from: 0.05, color: 'yellow' },
        { from: 0.2, color: 'red' },
      ],
      min: 0,
    }),
    chart({
      title: 'Without a sure owner',
      description: 'Bytes that no rule gives an owner, and bytes that have theirs because nothing else is left. Bad: a large part of RSS.',
      unit: 'bytes',
      width: 8,
      lines: [
        { expression: ofTarget('memgap_rss_unattributed_bytes'), legend: 'unattributed' },
        { expression: ofTarget('memgap_rss_by_elimination_bytes'), legend: 'by elimination' },
      ],
    }),
    chart({
      title: 'Moved while it was read',
      description: 'How far the Go numbers moved during a snapshot. Bad: as large as the differences that you look at.',
      unit: 'bytes',
      width: 8,
      lines: [{ expression: ofTarget('memgap_snapshot_skew_bytes'), legend: 'skew' }],
      min: 0,
    }),
    table({
      title: 'Sources',
      description: 'What memgap reads of this target. Bad: 0; /explain says why, and `memgap doctor` which line is missing.',
      width: 12,
      labels: ['source'],
      columns: [
        { title: 'Up', unit: 'none', expression: `max by (source) (${ofTarget('memgap_source_up')})` },
        { title: 'Took', unit: 's', expression: `max by (source) (${ofTarget('memgap_source_duration_seconds')})` },
      ],
      order: 'lowest first',
    }),
    table({
      title: 'Books, and what they were made from',
      description:
        'The rss book from smaps is whole; bad is rss from status or metrics: then there are no owners, and `memgap doctor` says what is missing.',
      width: 12,
      labels: ['book', 'source'],
      columns: [{ title: 'In use', unit: 'none', expression: `max by (book, source) (${ofTarget('memgap_book_source_info')})` }],
    }),
  ];
}
