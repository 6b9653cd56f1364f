import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { Bench } from './bench.ts';
import { startFakeGo } from './fake-go.ts';
import { timedGet } from './http.ts';
import { type Memgap, startMemgap } from './memgap.ts';
import { withRunning } from './running.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { number, shown, times } from './table.ts';
import { cpuOf } from './usage.ts';
import { bare, shipped } from './variants.ts';

const targets = 20;
const warmUp = 30;
const rounds = 7;
const inRound = 30;

const ways = {
  text: { accept: 'text/plain' },
  OpenMetrics: { accept: 'application/openmetrics-text; version=1.0.0' },
  'text, gzip': { accept: 'text/plain', 'accept-encoding': 'gzip' },
} as const;

/** What a scrape of about a thousand series costs, in each form. */
export const scrape: Bench = async ({ installation, nodes, say }) => {
  const cases = nodes.flatMap((node) => [shipped, bare].map((variant) => ({ node, variant })));
  const rows = await withRunning(async (keep) => {
    const fake = keep(await startFakeGo());
    const memgaps: Memgap[] = [];
    for (const { node, variant } of cases) {
      const watched = Array.from({ length: targets }, (_, index) => fake.target('64kB', 'scrape', `target-${index}`));
      memgaps.push(keep(await startMemgap({ installation, node, variant, interval: '15s', targets: watched })));
    }
    say(
      `${targets} targets; ${rounds} rounds of ${inRound} scrapes of each form, of ${cases.length} memgaps in turn, after a first poll of all`,
    );
    await sleep(18_000);
    const measured: Scrapes[][] = [];
    for (const memgap of memgaps) {
      const own: Scrapes[] = [];
      for (const headers of Object.values(ways)) own.push(await measure(memgap, headers));
      measured.push(own);
    }
    return cases.flatMap(({ node, variant }, index) =>
      Object.keys(ways).flatMap((form, way) => {
        const own = measured[index]?.[way];
        const like = cases.findIndex((each) => each.node === node && each.variant === shipped);
        const baseline = measured[like]?.[way]?.cpu.median ?? Number.NaN;
        if (own === undefined) return [];
        const label = `${node.version} ${variant.label}: ${form}`;
        return [[label, String(own.series), number(own.bytes / 1024), shown(own.cpu), times(own.cpu.median, baseline), shown(own.wall)]];
      }),
    );
  });
  return [
    {
      title: 'One scrape of about 1000 series',
      columns: ['node, flags, form', 'series', 'KiB sent', 'CPU ms', 'to shipped', 'wall ms'],
      rows,
      notes: [
        `Median (least to most) of ${rounds} rounds of ${inRound} scrapes after ${warmUp} to warm up; the polls of the ${targets} targets go on meanwhile.`,
      ],
    },
  ];
};

interface Scrapes {
  readonly series: number;
  readonly bytes: number;
  readonly cpu: Spread;
  readonly wall: Spread;
}

async function measure({ pid, url }: Memgap, headers: Readonly<Record<string, string>>): Promise<Scrapes> {
  const cpu: number[] = [];
  const wall: number[] = [];
  let last = await timedGet(`${url}/metrics`, headers);
  for (let index = 1; index < warmUp; index += 1) last = await timedGet(`${url}/metrics`, headers);
  for (let round = 0; round < rounds; round += 1) {
    const before = cpuOf(pid);
    const walls: number[] = [];
    for (let index = 0; index < inRound; index += 1) {
      last = await timedGet(`${url}/metrics`, headers);
      walls.push(last.wall);
    }
    cpu.push((cpuOf(pid) - before) / inRound);
    wall.push(spreadOf(walls).median);
  }
  const text = ('accept-encoding' in headers ? gunzipSync(last.body) : last.body).toString('utf8');
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  return { series, bytes: last.body.length, cpu: spreadOf(cpu), wall: spreadOf(wall) };
}
