import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../scripts/child.ts';
import { locateLab, startLab } from '../test/programs.ts';
import type { Bench } from './bench.ts';
import { timedGet } from './http.ts';
import { startMemgap } from './memgap.ts';
import { withRunning } from './running.ts';
import { quantile } from './statistics.ts';
import { mebibytes, number, type Table } from './table.ts';
import { shipped } from './variants.ts';
import { watchAll } from './watch.ts';

const programs = 50;
const others = 950;
const settle = 20;
const window = 15;
const windows = 2;

/** A node with a thousand processes, of which the rules mean fifty: what it costs to look for them. */
export const discovery: Bench = async ({ installation, nodes, say }) => {
  const title = `A scan of ${programs + others} processes, of which ${programs} are targets`;
  const lab = locateLab('go-newest-pure');
  if (!lab.ok) return [table(title, [], [`Skipped: ${lab.detail}`])];
  const name = `mg-bench-${process.pid}`;
  const path = join(installation.folder, name);
  copyFileSync(lab.value, path);
  const rules = {
    'rule by exe': { exe: name },
    'rule by cgroup': { cgroup: '*', exe: `*${name}*` },
    'rule for every Go program': { exe: '*' },
  };

  const rows = await withRunning(async (keep) => {
    keep(await startSleepers());
    for (let count = 0; count < programs; count += 1) keep(await startLab(path));
    const cases = nodes.flatMap((node) => Object.entries(rules).map(([label, rule]) => ({ node, label, rule })));
    const memgaps = [];
    for (const { node, rule } of cases) {
      // two of a kind, one that looks every second and one that does so once: the difference is what the looks cost
      for (const interval of ['1s', '1h']) {
        const given = { interval, max_targets: programs, rules: [rule] };
        memgaps.push(keep(await startMemgap({ installation, node, variant: shipped, interval: '1h', targets: [], discovery: given })));
      }
    }
    say(`${memgaps.length} memgaps, for ${settle + window * windows} s`);
    const watching = watchAll(
      memgaps.map(({ pid }) => pid),
      { settle, window, windows },
    );
    await sleep(settle * 1000);
    const looks = await Promise.all(memgaps.map(({ url }) => durations(url, window * windows)));
    const watched = await watching;
    return cases.map(({ node, label }, index) => {
      const [often, once] = [watched[2 * index], watched[2 * index + 1]];
      const took = looks[2 * index] ?? [];
      const cpu = (often?.meanCpu ?? Number.NaN) - (once?.meanCpu ?? Number.NaN);
      return [
        `${node.version} ${label}`,
        [0.5, 0.9].map((share) => number(quantile(took, share) * 1000)).join(' / '),
        number(cpu),
        `${number(cpu / 15 / 10)} %`,
        mebibytes(often?.held.anon ?? Number.NaN),
      ];
    });
  });
  return [
    table(title, rows, [
      `${others} sleeps and ${programs} Go programs beside whatever else runs here; targets are polled once an hour, so that nearly all of it is scanning. ms a scan: median / 90 of 100, as ` +
        'memgap itself measures it, waits for its turn on the processor included. CPU: of one scan, beside a memgap that does not scan again; of a core: with a scan each 15 s.',
    ]),
  ];
};

function table(title: string, rows: Table['rows'], notes: readonly string[]): Table {
  return { title, columns: ['node, rule', 'ms a scan', 'CPU ms', 'of a core', 'RssAnon MiB'], rows, notes };
}

/** One process that has many children, and takes them along. */
async function startSleepers(): Promise<Child> {
  const script = `trap 'kill $(jobs -p); exit' TERM; i=0; while [ $i -lt ${others} ]; do sleep 3600 & i=$((i+1)); done; echo ready; wait`;
  const child = await startChild('sleepers', 'bash', ['-c', script]);
  while (!child.lines().includes('ready') && child.ended() === undefined) await sleep(50);
  return child;
}

async function durations(url: string, seconds: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const page = (await timedGet(`${url}/metrics`)).body.toString();
    const [, duration] = /^memgap_discovery_duration_seconds (\S+)$/m.exec(page) ?? [];
    if (duration !== undefined) found.push(Number(duration));
    await sleep(1000);
  }
  return found;
}
