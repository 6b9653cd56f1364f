import type { Account } from './accounts.ts';
import { floor, olderThan } from './floors.ts';
import { alertUrl, dashboardUrl, runbookUrl } from './links.ts';
import type { AlertingRule } from './rule.ts';

/** How growth is separated from everything else that memory does (docs/alerts.md). */
interface Growth {
  readonly alert: string;
  /** How many hours ago the floors are from that are compared, newest first. */
  readonly ago: readonly [number, number, ...number[]];
  /** Each floor is above the one before by this share of the resident set, and by so many of the account's unit. */
  readonly share: number;
  readonly least: string;
  /** In hours. */
  readonly age: number;
  /** A ramp that ends is as steep as a leak for a time; how long it must go on. */
  readonly for: string;
  readonly over: string;
}

/** The last rise is more than this part of the mean of those before, else it slows down: a warm-up, a cache that fills. */
const notSlowing = 0.6;

const sixHours: Growth = {
  alert: 'MemgapGrowth',
  ago: [0, 6, 12, 18],
  share: 0.02,
  least: '6 * 1024 * 1024',
  age: 26,
  for: '2h',
  over: 'its 6 h minimum rose three times running',
};

const days: Growth = {
  alert: 'MemgapGrowthDayOverDay',
  ago: [0, 24, 48],
  share: 0.02,
  least: '24 * 1024 * 1024',
  age: 56,
  for: '8h',
  over: 'its 6 h minimum is higher than a day ago, and was higher then than the day before',
};

/** An alert on an account that grows from window to window. */
export function growthOf(account: Account): AlertingRule {
  return growing(account, sixHours);
}

/** The same from day to day: finds a slow leak below a daily wave, later. */
export function dayOverDayOf(account: Account): AlertingRule {
  return growing(account, days);
}

function growing(account: Account, growth: Growth): AlertingRule {
  return {
    alert: growth.alert,
    expr: grew(account, 'memgap_rss_bytes', growth),
    for: growth.for,
    labels: { severity: 'warning', account: account.name },
    annotations: {
      summary: `${account.title} of {{ $labels.target }} grows without end`,
      description:
        `${account.title}{{ with $labels.pod }} in pod {{ . }}{{ end }} (target {{ $labels.target }}, account ${account.name}): ${growth.over}, ` +
        `by {{ $value | humanize1024 }}B in all, and does not slow down.`,
      runbook_url: account.cause === undefined ? alertUrl(growth.alert) : runbookUrl(account.cause),
      dashboard_url: dashboardUrl,
    },
  };
}

/** The same of goroutines, which are counted and not weighed. */
export const goroutineGrowth: AlertingRule = {
  alert: 'MemgapGoroutineGrowth',
  expr: grew({ metric: 'memgap_goroutines' }, 'memgap_goroutines', { ...sixHours, least: '50' }),
  for: sixHours.for,
  labels: { severity: 'warning' },
  annotations: {
    summary: 'Goroutines of {{ $labels.target }} leak',
    description: 'The least number of goroutines in 6 h rose three times running, by {{ $value | humanize }} in all.',
    runbook_url: runbookUrl('go_stacks'),
    dashboard_url: dashboardUrl,
  },
};

/** What is true of an account that grows; its value is by how much, from the first floor to the last. */
function grew(
  account: Pick<Account, 'metric' | 'component'>,
  of: string,
  { ago, share, least, age }: Omit<Growth, 'alert' | 'over' | 'for'>,
): string {
  const floors = ago.map((hours) => floor(account, '6h', hours));
  const rises = floors.slice(1).map((earlier, index) => `${floors[index]} - ${earlier}`);
  const [alike, each] = account.component === undefined ? ['', ''] : [' ignoring (component)', ' ignoring (component) group_left ()'];
  return [
    `(${floors[0]} - ${floors.at(-1)})`,
    ...rises.map((rise) => `and (${rise} >=${each} clamp_min(${share} * ${of}, ${least}))`),
    `and (${rises[0]} > ${notSlowing / (rises.length - 1)} * (${floors[1]} - ${floors.at(-1)}))`,
    `and${alike} ${olderThan(age)}`,
  ].join('\n');
}
