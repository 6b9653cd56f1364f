import type { Account } from './accounts.ts';
import type { RecordingRule } from './rule.ts';

/** How far back a recorded floor looks. */
type Window = '1h' | '6h';

/**
 * The floor of the last hour and of the last six: `min_over_time` is what stays when load and garbage have gone. The longer is the least of the
 * hourly ones, which costs an evaluation 60 points where the raw series would cost 1440. All labels stay: the rules suit sidecars and nodes.
 */
export function floors(metrics: readonly string[]): readonly RecordingRule[] {
  return metrics.flatMap((metric) => [
    { record: floor({ metric }, '1h'), expr: `min_over_time(${metric}[1h])` },
    { record: floor({ metric }, '6h'), expr: `min_over_time(${floor({ metric }, '1h')}[5h])` },
  ]);
}

/** The recorded floor of an account, as it was `hours` ago. */
export function floor({ metric, component }: Pick<Account, 'metric' | 'component'>, window: Window, hours = 0): string {
  const selector = component === undefined ? '' : `{component="${component}"}`;
  return `target:${metric}:min${window}${selector}${hours === 0 ? '' : ` offset ${hours}h`}`;
}

/** True for targets whose process is older: all windows are then of one life, past its warm-up. */
export function olderThan(hours: number): string {
  return `(time() - memgap_target_start_time_seconds > ${hours} * 3600)`;
}
