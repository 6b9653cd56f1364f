import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accounts } from '../scripts/rules/accounts.ts';
import { companions } from '../scripts/rules/companions.ts';
import { dayOverDayOf, growthOf } from '../scripts/rules/growth.ts';
import { groups } from '../scripts/rules/index.ts';
import { isAlerting, type RecordingRule } from '../scripts/rules/rule.ts';
import { locate } from '../test/programs.ts';
import { historyOf, type Programs, type Range } from './alerts/history.ts';
import { firings, type Judged } from './alerts/judge.ts';
import { openMetrics } from './alerts/series.ts';
import { hours, type Shape, shapesOf } from './alerts/shapes.ts';

/** What is judged: the rules that people copy, then memgap's. */
const grows = accounts.filter(({ name }) => name === 'rss_c_malloc');
const growth: Judged = { name: 'MemgapGrowth', rules: grows.map(growthOf) };
const dayOverDay: Judged = { name: 'MemgapGrowthDayOverDay', rules: grows.map(dayOverDayOf) };
const [soon, critical, restarts] = [
  companion('MemgapMemoryExhaustionSoon', 'warning'),
  companion('MemgapMemoryExhaustionSoon', 'critical'),
  companion('MemgapGrowthThatRestarts', 'warning'),
];
const judged: readonly Judged[] = [
  copied('deriv(memgap_rss_bytes[1h]) * 3600 > 1024 * 1024', '1h'),
  copied('predict_linear(memgap_rss_bytes[6h], 24 * 3600) > memgap_cgroup_limit_bytes', '1h'),
  copied('memgap_rss_bytes > 1.2 * memgap_rss_bytes offset 1h', '15m'),
  growth,
  dayOverDay,
  soon,
  critical,
  restarts,
  { name: 'all of memgap', rules: [growth, dayOverDay, soon, critical, restarts].flatMap(({ rules }) => rules) },
];

function copied(expr: string, holds: string): Judged {
  return { name: `\`${expr}\` for ${holds}`, rules: [{ expr, for: holds }] };
}

function companion(alert: string, severity: string): Judged {
  return { name: `${alert}, ${severity}`, rules: companions.filter((rule) => rule.alert === alert && rule.labels.severity === severity) };
}

interface Tally {
  falseAlarms: string[];
  found: number[];
  misses: string[];
}

const given = ['memgap_rss_component_bytes', 'memgap_rss_bytes', 'memgap_cgroup_unreclaimable_bytes'] as const;

/** Judges the shapes of one seed in a real Prometheus. */
async function judge(seed: number, programs: Programs): Promise<ReadonlyMap<Judged, Tally>> {
  const shapes = shapesOf(seed);
  const end = Math.floor(Date.now() / 300_000) * 300 - 7200;
  const range: Range = { start: end - hours * 3600, end };
  const history = await historyOf(programs, openMetrics(shapes, range), range);
  try {
    const recording = groups
      .flatMap(({ rules }) => rules)
      .filter((rule): rule is RecordingRule => !isAlerting(rule) && given.some((metric) => rule.record.includes(`:${metric}:`)));
    await history.record(recording.filter(({ record }) => record.endsWith('1h')));
    await history.record(recording.filter(({ record }) => !record.endsWith('1h')));
    const tallies = new Map<Judged, Tally>();
    for (const each of judged) tallies.set(each, tally(shapes, range, await firings(history, each)));
    return tallies;
  } finally {
    await history.remove();
  }
}

function tally(shapes: readonly Shape[], range: Range, fired: ReadonlyMap<string, number>): Tally {
  const result: Tally = { falseAlarms: [], found: [], misses: [] };
  for (const [index, { kind, leaks }] of shapes.entries()) {
    const at = fired.get(`${index}`);
    if (leaks && at !== undefined) result.found.push((at - range.start) / 3600);
    else if (leaks) result.misses.push(kind);
    else if (at !== undefined) result.falseAlarms.push(kind);
  }
  return result;
}

function counted(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ') || '-';
}

function row({ name }: Judged, tallies: readonly Tally[]): string {
  const found = tallies.flatMap((each) => each.found).sort((one, other) => one - other);
  const median = found[found.length >> 1];
  const cells = [
    name,
    tallies.map(({ falseAlarms }) => falseAlarms.length).join(', '),
    tallies.map((each) => each.found.length).join(', '),
    median === undefined ? '-' : median.toFixed(0),
    counted(tallies.flatMap(({ falseAlarms }) => falseAlarms)),
    counted(tallies.flatMap(({ misses }) => misses)),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The seeds that were named when the rules were frozen, and looked at once after that. */
const unseen = [1009, 2003, 3001, 4001, 5003] as const;

async function run(args: readonly string[]): Promise<number> {
  const [prometheus, promtool] = [locate('prometheus'), locate('promtool')];
  if (!prometheus.ok || !promtool.ok) {
    console.error(`alerts: ${prometheus.ok ? '' : prometheus.detail} ${promtool.ok ? '' : promtool.detail}`);
    return 3;
  }
  const seeds = args.length === 0 ? unseen : args.map(Number);
  if (!seeds.every(Number.isSafeInteger)) {
    console.error('alerts: expected seeds, whole numbers; without any, those that were named before they were looked at');
    return 2;
  }
  const results: Array<ReadonlyMap<Judged, Tally>> = [];
  for (const seed of seeds) {
    const begin = Date.now();
    results.push(await judge(seed, { prometheus: prometheus.value, promtool: promtool.value }));
    console.error(`alerts: seed ${seed}, ${Math.round((Date.now() - begin) / 1000)} s`);
  }
  const rows = judged.map((each) =>
    row(
      each,
      results.flatMap((result) => result.get(each) ?? []),
    ),
  );
  const table = [
    `Seeds ${seeds.join(', ')}; of each 80 benign series and 40 leaks of ${hours} h; a number for each seed.`,
    '',
    '| rule | false alarms | leaks found | median hours to find | false alarms are | missed are |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  console.log(table);
  if (args.length === 0) writeFileSync(join(import.meta.dirname, 'alerts/result.md'), table);
  const missed = results
    .flatMap((result) => result.get(growth) ?? [])
    .filter(({ falseAlarms, found }) => falseAlarms.length > 2 || found.length < 39);
  if (missed.length > 0)
    console.error(`alerts: ${growth.name} misses its bound (2 false alarms of 80, 39 leaks of 40) on ${missed.length} seeds`);
  return missed.length > 0 ? 1 : 0;
}

process.exitCode = await run(process.argv.slice(2));
