import { accounts } from './accounts.ts';
import { companions } from './companions.ts';
import { hourly, sixHourly } from './floors.ts';
import { dayOverDayOf, goroutineGrowth, growthOf } from './growth.ts';
import type { RuleGroup } from './rule.ts';

const slow = [...new Set([...accounts.map(({ metric }) => metric), 'memgap_goroutines'])];
const quick = ['memgap_rss_bytes', 'memgap_cgroup_unreclaimable_bytes'];

/** Every rule that ships; the floors that a group reads stand first in it. */
export const groups: readonly RuleGroup[] = [
  {
    name: 'memgap-growth',
    interval: '5m',
    rules: [
      ...slow.flatMap((metric) => [hourly(metric), sixHourly(metric)]),
      ...accounts.flatMap((account) => [growthOf(account), dayOverDayOf(account)]),
      goroutineGrowth,
    ],
  },
  { name: 'memgap', interval: '1m', rules: [...quick.map(hourly), ...companions] },
];
