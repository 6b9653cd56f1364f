import { floor, olderThan } from './floors.ts';
import { alertUrl, dashboardUrl, runbookUrl } from './links.ts';
import type { AlertingRule, Severity } from './rule.ts';

const needed = { metric: 'memgap_cgroup_unreclaimable_bytes' };
const rss = { metric: 'memgap_rss_bytes' };
const resident = floor(rss, '1h');

/** What growth alone can't say: how soon, how often, how little is left, and what is not measured at all. */
export const companions: readonly AlertingRule[] = [
  exhaustion('warning', 12, 0.15),
  exhaustion('critical', 2, 0.1),
  rule({
    alert: 'MemgapGrowthThatRestarts',
    severity: 'warning',
    expr: [
      'changes(memgap_target_start_time_seconds[1d]) >= 2',
      `and (count_over_time((${resident} - ${floor(rss, '1h', 1)} > 1024 * 1024)[1d:15m])`,
      `  > 0.6 * count_over_time(${resident}[1d:15m]))`,
    ],
    for: '15m',
    summary: '{{ $labels.target }} grows, restarts, and grows again',
    description:
      'The process restarted {{ $value }} times in a day, and between restarts its resident set grew for most of the time: a leak that ends in an OOM kill ' +
      'before it is old enough for MemgapGrowth.',
  }),
  rule({
    alert: 'MemgapLimitWithoutHeadroom',
    severity: 'warning',
    expr: ['memgap_oom_headroom_bytes', 'and ignoring (cause) (memgap_cause_active{cause="limit_without_headroom"} == 1)'],
    for: '1h',
    summary: '{{ $labels.target }} has no room between what Go may take and the limit of its container',
    description:
      'GOMEMLIMIT leaves less than what is not Go’s needs, or is not set and little is left: the kernel may kill before Go collects. ' +
      '{{ $value | humanize1024 }}B are left below the limit now; memgap explain says which GOMEMLIMIT fits.',
    cause: 'limit_without_headroom',
  }),
  rule({
    alert: 'MemgapPageCacheThrashing',
    severity: 'warning',
    expr: ['memgap_cgroup_limit_bytes', 'and ignoring (cause) (memgap_cause_active{cause="page_cache_thrashing"} == 1)'],
    for: '10m',
    summary: '{{ $labels.target }} reads its own files again and again: its limit has no room for them',
    description:
      'For 10 minutes the file pages of the container have been taken back and read again within a minute, below a limit of {{ $value | humanize1024 }}B. ' +
      'No OOM kill will end it, and the disk is busy for the whole node: raise the limit.',
    cause: 'page_cache_thrashing',
  }),
  rule({
    alert: 'MemgapUnattributedShareHigh',
    severity: 'info',
    expr: ['memgap_rss_unattributed_bytes / memgap_rss_mapped_bytes > 0.05', 'and memgap_rss_unattributed_bytes > 16 * 1024 * 1024'],
    for: '1h',
    summary: 'memgap finds no owner for a part of {{ $labels.target }}',
    description:
      '{{ $value | humanizePercentage }} of the resident set has no owner. That is a shortcoming of memgap: please report it with the output of memgap explain --json.',
  }),
  rule({
    alert: 'MemgapTargetDown',
    severity: 'warning',
    expr: ['memgap_target_up == 0'],
    for: '10m',
    summary: 'memgap cannot measure {{ $labels.target }}',
    description:
      'Neither the Go numbers nor the resident set could be read for 10 minutes: the process is gone, or cannot be reached. memgap doctor says why.',
  }),
  rule({
    alert: 'MemgapSourceDown',
    severity: 'info',
    expr: ['memgap_source_up == 0', 'unless ignoring (source) memgap_target_up == 0'],
    for: '30m',
    summary: 'The source {{ $labels.source }} of {{ $labels.target }} cannot be read',
    description: 'A part of the numbers is missing. memgap doctor, and /explain of memgap, say why and which line mends it.',
  }),
];

/**
 * The 1 h floors of what cannot be reclaimed rise four times running, and reach the limit within `hours` at that pace; not a trend alone,
 * for little is left of the limit already.
 */
function exhaustion(severity: Severity, hours: number, share: number): AlertingRule {
  const floors = [0, 1, 2, 3, 4].map((ago) => floor(needed, '1h', ago));
  const rises = floors.slice(1).map((earlier, index) => `${floors[index]} - ${earlier}`);
  return rule({
    alert: 'MemgapMemoryExhaustionSoon',
    severity,
    expr: [
      `(memgap_oom_headroom_bytes < ${hours} / 4 * (${floors[0]} - ${floors[4]}))`,
      ...rises.map((rise) => `and (${rise} > 1024 * 1024)`),
      `and (${rises[0]} > 0.6 * (${rises[3]}))`,
      `and ${olderThan(4.5)}`,
      `and memgap_oom_headroom_bytes < ${share} * memgap_cgroup_limit_bytes`,
    ],
    for: '15m',
    summary: `{{ $labels.target }} will reach its memory limit within ${hours} h`,
    description: `{{ $value | humanize1024 }}B are left, and what cannot be reclaimed grew in each of the last four hours: less than ${hours} h of it remain.`,
  });
}

interface Companion {
  readonly alert: string;
  readonly severity: Severity;
  readonly expr: readonly string[];
  readonly for: string;
  readonly summary: string;
  readonly description: string;
  /** Of src/causes/index.ts; the runbook is docs/alerts.md without one. */
  readonly cause?: string;
}

function rule({ alert, severity, expr, summary, description, cause, for: holds }: Companion): AlertingRule {
  return {
    alert,
    expr: expr.join('\n'),
    for: holds,
    labels: { severity },
    annotations: {
      summary,
      description,
      runbook_url: cause === undefined ? alertUrl(alert) : runbookUrl(cause),
      dashboard_url: dashboardUrl,
    },
  };
}
