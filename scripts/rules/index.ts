import { accounts } from './accounts.ts';
import { companions } from './companions.ts';
import { floors } from './floors.ts';
import { dayOverDayOf, growthOf } from './growth.ts';
import type { RuleGroup } from './rule.ts';

const floored = [...accounts.map(({ metric }) => metric), 'memgap_rss_bytes', 'memgap_cgroup_unreclaimable_bytes', 'memgap_goroutines'];

/** Every rule that ships. The floors stand first, for rules of one group see what those before them recorded. */
export const groups: readonly RuleGroup[] = [
  { name: 'memgap-floors', interval: '5m', rules: floors([...new Set(floored)]) },
  { name: 'memgap-growth', interval: '5m', rules: accounts.flatMap((account) => [growthOf(account), dayOverDayOf(account)]) },
  { name: 'memgap', interval: '1m', rules: companions },
];
