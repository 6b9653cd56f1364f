import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { baselineCommit, installBaseline } from './baseline.ts';
import type { Bench, BenchContext } from './bench.ts';
import { startFakeGo } from './fake-go.ts';
import { timedGet } from './http.ts';
import { longestTurn, watched } from './longest-turn.ts';
import { type BenchTarget, type Installation, type Memgap, startMemgap } from './memgap.ts';
import { withRunning } from './running.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { number, shown, type Table, times } from './table.ts';
import { cpuOf, heldBy } from './usage.ts';
import { bare, type NodeBinary, shipped, type Variant } from './variants.ts';

const ways = {
  text: { accept: 'text/plain', 'accept-encoding': 'identity' },
  OpenMetrics: { accept: 'application/openmetrics-text; version=1.0.0' },
  'text, gzip': { accept: 'text/plain', 'accept-encoding': 'gzip' },
} as const;

/** How many targets there are, how many seconds their first polls take, and how often each form is asked for. */
interface Plan {
  readonly targets: number;
  readonly interval: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly inRound: number;
}

/** A memgap to measure; `isBaseline`: of the old commit. */
interface Case {
  readonly node: NodeBinary;
  readonly variant: Variant;
  readonly isBaseline: boolean;
}

/** What a scrape costs, in each form, and for how long it holds up the event loop, beside the same of an older commit. */
export const scrape: Bench = async (context) => {
  context.say(`${baselineCommit} is built`);
  const baseline = installBaseline();
  try {
    return [
      await table(context, baseline, { targets: 20, interval: 15, warmUp: 30, rounds: 7, inRound: 30 }),
      await table(context, baseline, { targets: 100, interval: 30, warmUp: 5, rounds: 7, inRound: 6 }),
    ];
  } finally {
    baseline.remove();
  }
};

async function table({ installation, nodes, say }: BenchContext, baseline: Installation, plan: Plan): Promise<Table> {
  const { targets, interval, warmUp, rounds, inRound } = plan;
  const cases = nodes.flatMap((node): readonly Case[] => [
    { node, variant: shipped, isBaseline: true },
    { node, variant: shipped, isBaseline: false },
    ...(targets < 100 ? [{ node, variant: bare, isBaseline: false }] : []),
  ]);
  const rows = await withRunning(async (keep) => {
    const fake = keep(await startFakeGo());
    const memgaps: Memgap[] = [];
    const watchedBy: Array<readonly BenchTarget[]> = [];
    for (const { node, variant, isBaseline } of cases) {
      const names = Array.from({ length: targets }, (_, index) => fake.target('64kB', 'scrape', `target-${index}`));
      const settings = { node, interval: `${interval}s`, targets: names, variant: watched(variant, installation.folder) };
      watchedBy.push(names);
      memgaps.push(keep(await startMemgap({ ...settings, installation: isBaseline ? baseline : installation })));
    }
    say(
      `${targets} targets; ${rounds} rounds of ${inRound} scrapes of each form, of ${cases.length} memgaps in turn, after a first poll of all`,
    );
    await sleep((interval + 3) * 1000);
    for (const [index, memgap] of memgaps.entries()) pollNoMore(memgap, watchedBy[index] ?? []);
    await sleep(3000);
    const measured: Scrapes[][] = [];
    for (const memgap of memgaps) {
      const own: Scrapes[] = [];
      for (const headers of Object.values(ways)) own.push(await measure(memgap, installation.folder, headers, plan));
      measured.push(own);
    }
    return cases.flatMap(({ node, variant, isBaseline }, index) =>
      Object.keys(ways).flatMap((form, way) => {
        const own = measured[index]?.[way];
        const before = measured[cases.findIndex((each) => each.node === node && each.isBaseline)]?.[way];
        if (own === undefined || before === undefined) return [];
        return [
          [
            `${node.version} ${variant.label}${isBaseline ? `, ${baselineCommit}` : ''}: ${form}`,
            String(own.series),
            number(own.bytes / 1024),
            shown(own.cpu),
            times(own.cpu.median, before.cpu.median),
            times(own.cpu.median / own.series, before.cpu.median / before.series),
            shown(own.turn),
            times(own.turn.median, before.turn.median),
            shown(own.wall),
            number(own.anon / 1024 ** 2),
          ],
        ];
      }),
    );
  });
  return {
    title: `One scrape of ${targets} targets`,
    columns: [
      'node, flags, form',
      'series',
      'KiB sent',
      'CPU ms',
      'to before',
      'a series',
      'longest turn ms',
      'to before',
      'wall ms',
      'RssAnon MiB',
    ],
    rows,
    notes: [
      `Median (least to most) of ${rounds} rounds of ${inRound} scrapes after ${warmUp} to warm up; no target is polled ` +
        `meanwhile. Before: ${baselineCommit}, built in the same run, which had fewer series. The longest turn of the event loop while a scrape is ` +
        'answered, of as many scrapes, up to 1 ms of it the timer that watches; RssAnon: after the scrapes of that form.',
    ],
  };
}

/** A reload with an hour between two polls: what is known of the targets stays, and is printed. */
function pollNoMore({ pid, file }: Memgap, targets: readonly BenchTarget[]): void {
  writeFileSync(file, JSON.stringify({ poll_interval: '1h', targets }));
  process.kill(pid, 'SIGHUP');
}

interface Scrapes {
  readonly series: number;
  readonly bytes: number;
  readonly cpu: Spread;
  readonly turn: Spread;
  readonly wall: Spread;
  readonly anon: number;
}

async function measure({ pid, url }: Memgap, folder: string, headers: Readonly<Record<string, string>>, plan: Plan): Promise<Scrapes> {
  const cpu: number[] = [];
  const wall: number[] = [];
  const turns: number[] = [];
  const scrapeOnce = () => timedGet(`${url}/metrics`, headers);
  let last = await scrapeOnce();
  for (let index = 1; index < plan.warmUp; index += 1) last = await scrapeOnce();
  for (let round = 0; round < plan.rounds; round += 1) {
    const before = cpuOf(pid);
    const walls: number[] = [];
    for (let index = 0; index < plan.inRound; index += 1) {
      last = await scrapeOnce();
      walls.push(last.wall);
    }
    cpu.push((cpuOf(pid) - before) / plan.inRound);
    wall.push(spreadOf(walls).median);
    turns.push(await longestTurn(pid, folder, scrapeOnce));
  }
  const text = ('accept-encoding' in headers && headers['accept-encoding'] === 'gzip' ? gunzipSync(last.body) : last.body).toString('utf8');
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  return { series, bytes: last.body.length, cpu: spreadOf(cpu), turn: spreadOf(turns), wall: spreadOf(wall), anon: heldBy(pid).anon };
}
