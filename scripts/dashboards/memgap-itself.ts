import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { anyOf, frame } from './frame.ts';
import { chart, figure } from './panels.ts';
import { ofMemgap } from './selectors.ts';
import { table } from './table.ts';

/** What memgap costs, and whether it does its work. */
export function memgapItself(): Dashboard {
  return frame({
    uid: 'memgap-itself',
    title: 'memgap / memgap itself',
    description: 'What memgap costs, how fresh its numbers are, and what it cannot read.',
    variables: [anyOf('instance', 'memgap_build_info', 'Instance')],
    sections: [
      { heading: 'Now', panels: now() },
      { heading: 'Its cost', panels: cost() },
      { heading: 'Its readings', panels: readings() },
      { heading: 'Discovery, where the configuration has one', panels: discovery() },
    ],
  });
}

function now() {
  return [
    figure({
      title: 'memgaps',
      description: 'How many answer the scrape. Bad: fewer than there are pods (or nodes) with one.',
      unit: 'short',
      width: 4,
      expression: `count(${ofMemgap('memgap_build_info')})`,
      legend: 'memgaps',
    }),
    figure({
      title: 'Versions at once',
      description: 'Different versions at once. Bad: more than 1 for longer than a rollout.',
      unit: 'short',
      width: 4,
      expression: `count(count by (version) (${ofMemgap('memgap_build_info')}))`,
      legend: 'versions',
      steps: [{ from: 2, color: 'yellow' }],
    }),
    figure({
      title: 'Configurations refused',
      description:
        'memgaps whose last load of the configuration failed: the one before is in force. Bad: more than 0; `memgap check-config` says why.',
      unit: 'short',
      width: 4,
      expression: `count(${ofMemgap('memgap_config_last_reload_successful')}) - sum(${ofMemgap('memgap_config_last_reload_successful')})`,
      legend: 'refused',
      steps: [{ from: 1, color: 'red' }],
    }),
    figure({
      title: 'Most memory of one',
      description: 'Highest resident set of a memgap. Bad: at its limit; docs/footprint.md says what is usual.',
      unit: 'bytes',
      width: 4,
      expression: `max(${ofMemgap('memgap_self_rss_bytes')})`,
      legend: 'RSS',
    }),
    figure({
      title: 'Oldest snapshot',
      description: 'Age of the oldest snapshot that is shown. Bad: over three poll intervals, when it is dropped.',
      unit: 's',
      width: 4,
      expression: `max(time() - ${ofMemgap('memgap_snapshot_timestamp_seconds')})`,
      legend: 'age',
    }),
    figure({
      title: 'Sources that fail',
      description: 'Sources that could not be read at the last poll, over all targets. Bad: more than 0.',
      unit: 'short',
      width: 4,
      expression: `count(${ofMemgap('memgap_source_up')}) - sum(${ofMemgap('memgap_source_up')})`,
      legend: 'failing',
      steps: [{ from: 1, color: 'yellow' }],
    }),
  ];
}

function cost() {
  return [
    chart({
      title: 'Memory',
      description: 'Resident, and what of it is not shared with other programs. Bad: a floor that rises.',
      unit: 'bytes',
      width: 8,
      lines: [
        { expression: ofMemgap('memgap_self_rss_bytes'), legend: '{{instance}} resident' },
        { expression: ofMemgap('memgap_self_anon_bytes'), legend: '{{instance}} anonymous' },
      ],
      min: 0,
    }),
    chart({
      title: 'CPU',
      description: 'Share of one core. Bad: over 1 % for one target at the usual 15 s poll.',
      unit: 'percentunit',
      width: 8,
      lines: [{ expression: `rate(${ofMemgap('memgap_self_cpu_seconds_total')}[$__rate_interval])`, legend: '{{instance}}' }],
      min: 0,
    }),
    chart({
      title: 'Event loop lag',
      description: 'How long the scrape waited for its turn. Bad: over 0.1 s: CPU throttling, or a machine that is full.',
      unit: 's',
      width: 8,
      lines: [{ expression: ofMemgap('memgap_self_event_loop_lag_seconds'), legend: '{{instance}}' }],
      min: 0,
    }),
  ];
}

function readings() {
  return [
    chart({
      title: 'Age of the snapshots',
      description: 'Bad: a line that climbs; that target is not read any more.',
      unit: 's',
      width: 12,
      lines: [{ expression: `time() - ${ofMemgap('memgap_snapshot_timestamp_seconds')}`, legend: '{{target}}' }],
      min: 0,
    }),
    chart({
      title: 'Age of the mappings',
      description:
        'Walks over the mappings hold a lock of the target, so they are rare: 15 s to minutes. Bad: an hour, for a process of ordinary size.',
      unit: 's',
      width: 12,
      lines: [{ expression: `time() - ${ofMemgap('memgap_mappings_timestamp_seconds')}`, legend: '{{target}}' }],
      min: 0,
    }),
    chart({
      title: 'How long sources take, the slowest',
      description: 'Bad: smaps over 0.1 s is felt by the target; an endpoint near the poll timeout.',
      unit: 's',
      width: 12,
      lines: [{ expression: `max by (source) (${ofMemgap('memgap_source_duration_seconds')})`, legend: '{{source}}' }],
      min: 0,
    }),
    chart({
      title: 'Failed reads',
      description: 'By source and reason. Bad: any that lasts; the reason stands on /explain, the remedy in `memgap doctor`.',
      unit: 'cps',
      width: 12,
      lines: [
        {
          expression: `sum by (source, reason) (rate(${ofMemgap('memgap_source_errors_total')}[$__rate_interval]))`,
          legend: '{{source}}: {{reason}}',
        },
      ],
      min: 0,
    }),
    chart({
      title: 'Stable snapshots',
      description:
        'Share of the targets whose numbers stood still enough while they were read. Bad: under a half; then the owners are less sure.',
      unit: 'percentunit',
      width: 12,
      lines: [{ expression: `avg by (instance) (${ofMemgap('memgap_snapshot_stable')})`, legend: '{{instance}}' }],
      min: 0,
    }),
    table({
      title: 'Versions',
      description: 'Which memgap runs where, and on which Node. Bad: one that was forgotten.',
      width: 12,
      height: 10,
      labels: ['instance', 'version', 'revision', 'node_version'],
      columns: [
        {
          title: 'Runs',
          unit: 'none',
          expression: `max by (instance, version, revision, node_version) (${ofMemgap('memgap_build_info')})`,
        },
      ],
    }),
  ];
}

function discovery() {
  return [
    chart({
      title: 'Processes',
      description:
        'What is watched, what matches a rule but is too many, and what memgap may not read. Bad: left out over 0; unreadable ones that should be watched.',
      unit: 'short',
      width: 8,
      lines: [
        { expression: ofMemgap('memgap_discovery_targets'), legend: '{{instance}} watched' },
        { expression: ofMemgap('memgap_discovery_left_out'), legend: '{{instance}} left out' },
        { expression: ofMemgap('memgap_discovery_unreadable_processes'), legend: '{{instance}} unreadable' },
      ],
      min: 0,
    }),
    chart({
      title: 'Duration of a look',
      description: 'Bad: near the poll interval; a slow API server is part of it.',
      unit: 's',
      width: 8,
      lines: [{ expression: ofMemgap('memgap_discovery_duration_seconds'), legend: '{{instance}}' }],
      min: 0,
    }),
    chart({
      title: 'Kubernetes API',
      description: '1: it answered the last time. Bad: 0; new targets have the names of their cgroups until it is back.',
      unit: 'none',
      width: 8,
      lines: [{ expression: ofMemgap('memgap_kubernetes_api_up'), legend: '{{instance}}' }],
      min: 0,
    }),
  ];
}
