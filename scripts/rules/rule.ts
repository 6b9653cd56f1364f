/** A recording rule: `level:metric:operation` and how it is computed. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** `critical` may page; `warning` is for working hours; `info` is for whoever reads it. A trend alone is never `critical`. */
export type Severity = 'critical' | 'warning' | 'info';

/** An alerting rule. Durations in Prometheus's notation. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: Severity } & Readonly<Record<string, string>>;
  readonly annotations: Annotations;
}

/** What every alert carries. `$labels` and `$value` are Prometheus's own. */
interface Annotations {
  readonly summary: string;
  readonly description: string;
  readonly runbook_url: string;
  readonly dashboard_url: string;
}

/** Rules that are evaluated together, in this order, at this interval. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: ReadonlyArray<RecordingRule | AlertingRule>;
}

/** Whether a rule alerts (and does not record). */
export function isAlerting(rule: RecordingRule | AlertingRule): rule is AlertingRule {
  return 'alert' in rule;
}
