import type { AlertingRule } from '../../scripts/rules/rule.ts';
import { parseDuration } from '../../src/model/units.ts';
import type { History } from './history.ts';

/** A rule as it is judged: a name for the table, and what must be true for how long. */
export interface Judged {
  readonly name: string;
  readonly rules: ReadonlyArray<Pick<AlertingRule, 'expr' | 'for'>>;
}

const step = 300; // seconds: the interval at which the rules of growth are evaluated

/** When each target's alert began to fire, in Unix seconds, by target; of several rules the first. */
export async function firings(history: History, { rules }: Judged): Promise<ReadonlyMap<string, number>> {
  const first = new Map<string, number>();
  for (const rule of rules) {
    const holds = (parseDuration(rule.for) ?? 0) / 1000;
    for (const [target, times] of await history.query(rule.expr, step)) {
      const at = firing(times, holds);
      if (at !== undefined) first.set(target, Math.min(at, first.get(target) ?? at));
    }
  }
  return first;
}

/** As Prometheus does it: pending from the first evaluation that is true, firing once it was for `holds` seconds without a break. */
export function firing(times: readonly number[], holds: number): number | undefined {
  let since: number | undefined;
  let last: number | undefined;
  for (const at of times) {
    if (since === undefined || last === undefined || at - last > step) since = at;
    if (at - since >= holds) return at;
    last = at;
  }
  return undefined;
}
