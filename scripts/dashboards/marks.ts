import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { type AnnotationQuery, AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { limitColor } from './colors.ts';
import { source } from './panels.ts';
import { ofTarget } from './selectors.ts';

/** Vertical lines: a process that started within the range, at the time of its start, and OOM kills. */
export function marks(): readonly Builder<AnnotationQuery>[] {
  const started = ofTarget('memgap_target_start_time_seconds');
  return [
    new AnnotationQueryBuilder()
      .name('New process')
      .datasource(source)
      .enable(true)
      .iconColor('purple')
      .expr(`${started} * 1000`) // Grafana takes milliseconds, and draws those of its range only
      .useValueForTime(true)
      .titleFormat('new process')
      .textFormat('{{target}}')
      .step('60s'),
    new AnnotationQueryBuilder()
      .name('OOM kill')
      .datasource(source)
      .enable(true)
      .iconColor(limitColor)
      .expr(`increase(${ofTarget('memgap_cgroup_events_total', 'event="oom_kill"')}[$__rate_interval]) > 0`)
      .titleFormat('OOM kill')
      .textFormat('{{target}}')
      .step('60s'),
  ];
}
