import type { Ledger } from '../../books/ledger.ts';
import type { TargetState } from '../../causes/state.ts';
import { known } from '../../model/reading.ts';
import { labelValue } from '../../untrusted.ts';
import { type Family, gauge, type Labels, single } from './family.ts';

/** Which process is watched, and how well. */
export const targetFamilies: readonly Family[] = [
  {
    name: 'memgap_target_up',
    type: 'gauge',
    help: 'Whether the last poll gave at least the Go book or the RSS; absent while memgap waits for a target that has not been there yet.',
    labels: [],
    values: (state) => single(up(state)),
  },
  {
    name: 'memgap_target_info',
    type: 'gauge',
    help: 'What the target is: build info of /proc/PID/exe, cgroup version, and the setting of /sys/kernel/mm/transparent_hugepage/enabled.',
    labels: ['go_version', 'main_module', 'cgo', 'goarch', 'cgroup_version', 'kernel_thp'],
    *values({ condition, ledger }) {
      const labels = condition === 'up' ? ledger && info(ledger) : undefined; // kernel_thp alone is known of a target that is gone, too
      if (labels !== undefined && Object.keys(labels).length > 0) yield { labels, value: 1 };
    },
  },
  gauge(
    'memgap_target_start_time_seconds',
    "Start of the process: starttime of /proc/PID/stat, else process_start_time_seconds of the target's own metrics.",
    ({ snapshot }) => known(snapshot.process)?.startTime ?? known(snapshot.go)?.processStartTime,
  ),
  {
    name: 'memgap_target_restarts_total',
    type: 'counter',
    help: 'How often pid or start time of the target changed since memgap started; without a process in sight, process_start_time_seconds, or NumGC went back.',
    labels: [],
    values: ({ restarts }) => single(restarts),
  },
  gauge('memgap_snapshot_timestamp_seconds', 'When the last snapshot was taken that gave a book.', ({ snapshot, go, rss }) =>
    go.ok || rss.ok ? snapshot.takenAt : undefined,
  ),
  gauge(
    'memgap_snapshot_skew_bytes',
    'How far Sys - HeapReleased moved while the process was read between two reads of it.',
    ({ snapshot }) => known(snapshot.bracket)?.skew,
  ),
  gauge(
    'memgap_snapshot_stable',
    'Whether the skew, and what it leaves open in the components, was small enough (1) or the numbers moved while they were read (0).',
    ({ snapshot }) => {
      const bracket = known(snapshot.bracket);
      return bracket && Number(bracket.stable);
    },
  ),
];

function up({ condition, ledger }: TargetState): number | undefined {
  return condition === 'waiting' ? undefined : Number(condition === 'up' && ledger !== undefined);
}

function info({ snapshot }: Ledger): Labels {
  const build = known(snapshot.build);
  const labels: Record<string, string | undefined> = {
    go_version: build?.goVersion ?? known(snapshot.go)?.goVersion,
    main_module: build?.mainModule,
    cgo: build?.cgo?.toString(),
    goarch: build?.goarch,
    cgroup_version: known(snapshot.cgroup)?.version.toString(),
    kernel_thp: known(snapshot.kernelThp),
  };
  const told: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) if (value !== undefined) told[name] = labelValue(value);
  return told;
}
