import type { Account } from './accounts.ts';
import type { RecordingRule } from './rule.ts';

/** How far back a recorded floor reaches. */
type Window = '1h' | '6h';

/**
 * How late a floor of earlier may be: a missed evaluation, or a Prometheus that was restarted, is no reason to forget a growth of hours.
 */
const late = '15m';

/**
 * The floor of the last hour: `min_over_time` is what stays when load and garbage have gone. All labels stay: the rules suit sidecars and
 * nodes.
 */
export function hourly(metric: string): RecordingRule {
  return { record: floor({ metric }, '1h'), expr: `min_over_time(${metric}[1h])` };
}

/** The floor of the last six, the least of the hourly ones: 60 points for an evaluation, where the raw series would cost 1440. */
export function sixHourly(metric: string): RecordingRule {
  return { record: floor({ metric }, '6h'), expr: `min_over_time(${floor({ metric }, '1h')}[5h])` };
}

/**
 * The recorded floor of an account, as it was `hours` ago. Whoever reads it stands behind it in its group: Prometheus evaluates the rules
 * of a group in their order and at one time, so that the newest floor is of now and that of earlier of exactly then. Between groups they
 * would be as far apart as the interval, and 5 minutes is also the age at which Prometheus takes a value for gone.
 */
export function floor({ metric, component }: Pick<Account, 'metric' | 'component'>, window: Window, hours = 0): string {
  const selector = component === undefined ? '' : `{component="${component}"}`;
  const recorded = `target:${metric}:min${window}${selector}`;
  return hours === 0 ? recorded : `last_over_time(${recorded}[${late}] offset ${hours}h)`;
}

/** True for targets whose process is older: all windows are then of one life, past its warm-up. */
export function olderThan(hours: number): string {
  return `(time() - memgap_target_start_time_seconds > ${hours} * 3600)`;
}
