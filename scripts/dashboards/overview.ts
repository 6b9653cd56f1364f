import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { frame, places } from './frame.ts';
import { chart, figure } from './panels.ts';
import { eachTarget, family, highest, lowest, named } from './selectors.ts';
import { table } from './table.ts';

const labels = ['target', 'namespace', 'pod', 'instance'];
const share = `${family('memgap_cgroup_unreclaimable_bytes')} / ${family('memgap_cgroup_limit_bytes')}`;
const unexplainedShare = `abs(${family('memgap_rss_unexplained_bytes')}) / ${family('memgap_rss_bytes')}`;

/** All targets, the worst first. */
export function overview(): Dashboard {
  return frame({
    uid: 'memgap-overview',
    title: 'memgap / Overview',
    description: 'All Go processes that memgap watches: which is nearest to its limit, whose memory Go does not explain, and the causes.',
    variables: places(),
    sections: [
      { heading: 'At a glance', panels: glance() },
      { heading: 'The worst first', panels: worst() },
      { heading: 'Over time', panels: overTime() },
    ],
  });
}

function glance() {
  return [
    figure({
      title: 'Targets',
      description:
        'How many processes memgap watches. Bad: fewer than you run; those that are missing have no sidecar, or no rule of the discovery means them.',
      unit: 'short',
      width: 4,
      expression: `count(${family('memgap_target_up')})`,
      legend: 'targets',
    }),
    figure({
      title: 'Targets not read',
      description:
        'Targets whose last poll gave neither the Go book nor the RSS. Bad: more than 0; `memgap doctor` says which line is missing.',
      unit: 'short',
      width: 4,
      expression: `count(${family('memgap_target_up')}) - sum(${family('memgap_target_up')})`,
      legend: 'not read',
      steps: [{ from: 1, color: 'red' }],
    }),
    figure({
      title: 'Least headroom',
      description:
        'The smallest distance to an OOM kill, after what the kernel can take back. Bad: near 0, or less than one load of the program takes. No limit: unknown.',
      unit: 'bytes',
      width: 4,
      expression: `min(${family('memgap_oom_headroom_bytes')})`,
      legend: 'headroom',
      steps: [
        { from: 16 * 1024 * 1024, color: 'yellow' },
        { from: 64 * 1024 * 1024, color: 'green' },
      ],
      otherwise: 'no limit',
    }),
    figure({
      title: 'Resident memory',
      description: 'Resident sets of all targets together. Bad: a sum that grows while the number of targets does not.',
      unit: 'bytes',
      width: 4,
      expression: `sum(${family('memgap_rss_bytes')})`,
      legend: 'RSS',
    }),
    figure({
      title: 'Not explained by Go',
      description: 'Sum of |RSS - (Sys - HeapReleased)|. Bad: a large part of the resident memory; the table below says whose.',
      unit: 'bytes',
      width: 4,
      expression: `sum(abs(${family('memgap_rss_unexplained_bytes')}))`,
      legend: 'unexplained',
    }),
    figure({
      title: 'Causes that hold',
      description: 'Named reasons for a gap, over all targets. Some are quite usual; bad is a new one, or one whose bytes grow.',
      unit: 'short',
      width: 4,
      expression: `sum(${family('memgap_cause_active')})`,
      legend: 'causes',
    }),
  ];
}

function worst() {
  return [
    table({
      title: 'Fullest, by share of the limit',
      description:
        'What the kernel cannot take back, as a share of the tightest limit: a large container near its limit may have more bytes left than a small one that is half empty. Bad: over 90 %, or OOM kills. Targets without a limit stand at the end.',
      width: 24,
      labels,
      columns: [
        { title: 'Of the limit', unit: 'percentunit', expression: eachTarget(share) },
        { title: 'Headroom', unit: 'bytes', expression: eachTarget(family('memgap_oom_headroom_bytes')) },
        { title: 'Limit', unit: 'bytes', expression: eachTarget(family('memgap_cgroup_limit_bytes')) },
        { title: 'Working set', unit: 'bytes', expression: eachTarget(family('memgap_cgroup_working_set_bytes')) },
        {
          title: 'OOM kills',
          unit: 'short',
          expression: eachTarget(`round(increase(${family('memgap_cgroup_events_total', 'event="oom_kill"')}[$__range]))`),
        },
        { title: 'Restarts', unit: 'short', expression: eachTarget(`changes(${family('memgap_target_start_time_seconds')}[$__range])`) },
      ],
    }),
    table({
      title: 'Least explained by Go',
      description:
        'How much of the resident set the Go runtime does not account for, either way. Bad: over half of it, or growing. Its error says how sure the owners are.',
      width: 14,
      labels,
      columns: [
        { title: 'Of RSS', unit: 'percentunit', expression: eachTarget(unexplainedShare) },
        { title: 'Unexplained', unit: 'bytes', expression: eachTarget(family('memgap_rss_unexplained_bytes')) },
        { title: 'RSS', unit: 'bytes', expression: eachTarget(family('memgap_rss_bytes')) },
        { title: 'Error at most', unit: 'percentunit', expression: eachTarget(family('memgap_rss_attribution_error_ratio')) },
      ],
    }),
    table({
      title: 'Largest causes',
      description:
        'Bytes that a cause explains, the most first; a byte is claimed once. Bad: one that is not usual for its target. What to do: docs/causes.',
      width: 10,
      labels: ['target', 'cause', 'namespace', 'pod', 'instance'],
      columns: [
        {
          title: 'Bytes',
          unit: 'bytes',
          expression: `max by (namespace, pod, instance, target, cause) (topk(50, ${family('memgap_cause_bytes')}))`,
        },
      ],
      otherwise: 'no cause holds',
    }),
    table({
      title: 'Cannot be read',
      description:
        'Sources that failed at the last poll. Bad: any row; /explain of that memgap says why, and `memgap doctor` which line is missing.',
      width: 24,
      height: 6,
      labels: ['target', 'source', 'namespace', 'pod', 'instance'],
      columns: [
        {
          title: 'Up',
          unit: 'none',
          expression: `max by (namespace, pod, instance, target, source) (${family('memgap_source_up')} == 0)`,
        },
      ],
      order: 'lowest first',
      otherwise: 'every source can be read',
    }),
  ];
}

function overTime() {
  return [
    chart({
      title: 'Resident memory, the ten largest',
      description: 'VmRSS. Bad: a floor that rises with each load; a plateau is no leak.',
      unit: 'bytes',
      width: 12,
      lines: [{ expression: highest('memgap_rss_bytes'), legend: '{{who}}' }],
      min: 0,
    }),
    chart({
      title: 'Not explained by Go, the ten largest',
      description:
        'RSS - (Sys - HeapReleased), signed. Bad: a line that rises and does not fall; below 0 is memory that Go committed and nobody touched.',
      unit: 'bytes',
      width: 12,
      lines: [{ expression: highest('memgap_rss_unexplained_bytes'), legend: '{{who}}' }],
    }),
    chart({
      title: 'Headroom, the ten least',
      description: 'Bytes to an OOM kill after what the kernel can take back. Bad: a line that falls towards 0.',
      unit: 'bytes',
      width: 12,
      lines: [{ expression: lowest('memgap_oom_headroom_bytes'), legend: '{{who}}' }],
      min: 0,
      steps: [
        { from: 16 * 1024 * 1024, color: 'yellow' },
        { from: 64 * 1024 * 1024, color: 'green' },
      ],
    }),
    chart({
      title: 'Causes over all targets',
      description: 'Bytes by cause. Bad: a cause that grows, or appears after a deployment.',
      unit: 'bytes',
      width: 12,
      lines: [{ expression: `sum by (cause) (${family('memgap_cause_bytes')})`, legend: '{{cause}}', as: 'part' }],
      min: 0,
    }),
    chart({
      title: 'Goroutines, the ten most',
      description: 'Bad: a count that rises with the load and does not come back.',
      unit: 'short',
      width: 12,
      lines: [{ expression: highest('memgap_goroutines'), legend: '{{who}}' }],
      min: 0,
    }),
    chart({
      title: 'Restarts',
      description: 'New processes under the same name within an hour. Bad: any that is no deployment; a loop of them hides growth.',
      unit: 'short',
      width: 12,
      lines: [{ expression: named(`changes(${family('memgap_target_start_time_seconds')}[1h])`), legend: '{{who}}' }],
      min: 0,
    }),
  ];
}
