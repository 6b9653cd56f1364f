import type { Bench } from './bench.ts';
import { startFakeGo } from './fake-go.ts';
import { timedGet } from './http.ts';
import { type Memgap, startMemgap } from './memgap.ts';
import { withRunning } from './running.ts';
import { quantile } from './statistics.ts';
import { mebibytes, number, times } from './table.ts';
import { bare, shipped } from './variants.ts';
import { watchAll } from './watch.ts';

const targets = 1000;
const interval = 15;
const settle = 35; // two rounds: the first opens all connections and walks all file descriptors
const windows = 4;

/** A thousand targets on one process. */
export const capacity: Bench = async ({ installation, nodes, say }) => {
  const cases = nodes.flatMap((node) => [shipped, bare].map((variant) => ({ node, variant })));
  const rows = await withRunning(async (keep) => {
    const fake = keep(await startFakeGo());
    const memgaps: Memgap[] = [];
    for (const [index, { node, variant }] of cases.entries()) {
      const watched = Array.from({ length: targets }, (_, each) => fake.target('64kB', `c${index}`, `target-${each}`, true));
      memgaps.push(keep(await startMemgap({ installation, node, variant, interval: `${interval}s`, targets: watched })));
    }
    say(`${cases.length} memgaps with ${targets} targets each, for ${settle + windows * interval} s`);
    const pids = memgaps.map(({ pid }) => pid);
    setTimeout(() => void forgetIntervals(fake.url, cases.length), settle * 1000);
    const watched = await watchAll(pids, { settle, window: interval, windows });
    return Promise.all(
      cases.map(async ({ node, variant }, index) => {
        const { held, meanCpu = Number.NaN } = watched[index] ?? {};
        const like = cases.findIndex((each) => each.node === node && each.variant === shipped);
        const intervals = await intervalsOf(fake.url, index);
        const off = intervals.map((length) => Math.abs(length - interval * 1000));
        return [
          `${node.version} ${variant.label}`,
          `${number(meanCpu / 10)} %`,
          times(meanCpu, watched[like]?.meanCpu ?? Number.NaN),
          number((meanCpu * interval) / targets),
          mebibytes(held?.anon ?? Number.NaN),
          mebibytes(held?.rss ?? Number.NaN),
          mebibytes(held?.peak ?? Number.NaN),
          String(intervals.length),
          [0.5, 0.99, 1].map((share) => number(quantile(off, share))).join(' / '),
        ];
      }),
    );
  });
  return [
    {
      title: `${targets} targets on one process`,
      columns: ['node, flags', 'of a core', 'to shipped', 'CPU ms/poll', 'RssAnon MiB', 'RSS MiB', 'peak MiB', 'polls', 'ms off the beat'],
      rows,
      notes: [
        `64kB of heap profile and the index page, each ${interval} s, without a process beside them (a thousand of those are not here); all rows at the same time. ` +
          `Off the beat: how far the time between two polls of a target, as its server sees it, is from ${interval} s: median / 99 of 100 / most.`,
      ],
    },
  ];
};

async function intervalsOf(server: string, index: number): Promise<readonly number[]> {
  const parsed: unknown = JSON.parse((await timedGet(`${server}/intervals/c${index}`)).body.toString());
  return Array.isArray(parsed) ? parsed.filter((each) => typeof each === 'number') : [];
}

async function forgetIntervals(server: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await intervalsOf(server, index);
}
