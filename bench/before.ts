import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, startChild } from '../scripts/child.ts';
import type { Bench, BenchContext } from './bench.ts';
import { startFakeGo } from './fake-go.ts';
import { timedGet } from './http.ts';
import { commandOf, type Installation, install, type Memgap, startMemgap } from './memgap.ts';
import { withRunning } from './running.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { number, shown, type Table, times } from './table.ts';
import { cpuOf } from './usage.ts';
import { type NodeBinary, root, shipped } from './variants.ts';
import { watchAll } from './watch.ts';

/** What memgap of today is held against: the last commit before it was made to start and stay with less. */
const revision = '6888ee7';

const starts = 15;
const copies = 3; // of each, for RssAnon differs from start to start
const scrapes = 200;

/** What the two took, in turns or at the same time. */
interface Pair {
  readonly what: string;
  readonly before: Spread;
  readonly now: Spread;
}

/** Start, memory, poll and scrape of that revision and of what is built, both as shipped, on the newest node at hand. */
export const before: Bench = async (context) => {
  const node = context.nodes.at(-1);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-before-'));
  try {
    if (node === undefined || !extract(folder))
      return [table([], [`There is no ${revision} in this clone (git fetch --unshallow), and no comparison.`])];
    context.say(`${revision} is built`);
    const old = install(folder);
    try {
      return [table(await measured(context, node, old), notes(node))];
    } finally {
      old.remove();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** That revision with its bundle, beside the packages of today. */
function extract(folder: string): boolean {
  const { status, stdout } = spawnSync('git', ['archive', revision], { cwd: root, maxBuffer: 2 ** 28 });
  if (status !== 0) return false;
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['x', '-C', folder], { input: stdout });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, env: { ...process.env, MEMGAP_REVISION: revision } });
  return existsSync(join(folder, 'dist/memgap.cjs'));
}

async function measured({ installation, say }: BenchContext, node: NodeBinary, old: Installation): Promise<readonly Pair[]> {
  const both = [old, installation] as const;
  const target = await startChild('sleep', 'sleep', ['3600']);
  try {
    say(`${starts} starts of each`);
    const pairs = [
      await inTurns('memgap --version', async (each) => toEnd(each, node, ['--version'])),
      await inTurns('memgap explain PID', async (each) => toEnd(each, node, ['explain', String(target.pid)])),
      await inTurns('serve, to the first 200 on /metrics', (each) => toAnswer(each, node, target.pid)),
    ].flat();
    say(`${copies} of each are watched beside one target`);
    return [...pairs, ...(await beside(both, node))];
  } finally {
    await target.stop();
  }

  async function inTurns(what: string, measure: (each: Installation) => Promise<Cost>): Promise<readonly Pair[]> {
    const costs: readonly [Cost[], Cost[]] = [[], []];
    for (let run = 0; run < starts; run += 1) for (const [index, each] of both.entries()) costs[index]?.push(await measure(each));
    return (['cpu', 'wall'] as const).map((kind) => {
      const [first, second] = costs.map((own) => spreadOf(own.map((cost) => cost[kind])));
      return pair(`${what}: ${kind === 'cpu' ? 'CPU' : 'wall'} ms`, first, second);
    });
  }
}

function pair(what: string, first: Spread | undefined, second: Spread | undefined): Pair {
  const none = spreadOf([]);
  return { what, before: first ?? none, now: second ?? none };
}

/** Milliseconds. */
interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

/** Of the whole command, launcher included, by the times of bash, which are those of wait4(2). */
function toEnd(installation: Installation, node: NodeBinary, args: readonly string[]): Cost {
  const { command, environment } = commandOf(installation, node, shipped);
  const script = 'TIMEFORMAT="%3U %3S %3R"; time "$@" >/dev/null 2>&1';
  const { stderr } = spawnSync('bash', ['-c', script, 'bash', command, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  const [user = Number.NaN, system = Number.NaN, real = Number.NaN] = stderr.trim().split(' ').map(Number);
  return { cpu: (user + system) * 1000, wall: real * 1000 };
}

async function toAnswer(installation: Installation, node: NodeBinary, pid: number): Promise<Cost> {
  const { command, environment } = commandOf(installation, node, shipped);
  const port = await freePort();
  const begin = performance.now();
  const child = await startChild(
    'memgap',
    command,
    ['--target.pid', String(pid), '--web.listen-address', `127.0.0.1:${port}`],
    environment,
  );
  try {
    while (child.ended() === undefined) {
      const status = await timedGet(`http://127.0.0.1:${port}/metrics`).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) return { cpu: cpuOf(child.pid), wall: performance.now() - begin };
      await sleep(2);
    }
    throw new Error(`no memgap on port ${port}: ${child.ended()}`);
  } finally {
    await child.stop();
  }
}

/** RssAnon and CPU of a poll, all at the same time; then the CPU of scrapes, of others that do not poll. */
async function beside(both: readonly [Installation, Installation], node: NodeBinary): Promise<readonly Pair[]> {
  return withRunning(async (keep) => {
    const fake = keep(await startFakeGo());
    const start = (installation: Installation, interval: string, index: number) =>
      startMemgap({ installation, node, variant: shipped, interval, targets: [fake.target('64kB', `i${index}`)] });
    const polling: Memgap[] = [];
    for (let copy = 0; copy < copies; copy += 1) for (const each of both) polling.push(keep(await start(each, '1s', polling.length)));
    const watched = await watchAll(
      polling.map(({ pid }) => pid),
      { settle: 30, window: 15, windows: 4 },
    );
    for (const each of polling) await each.stop();
    const of = (index: number, value: (each: (typeof watched)[number]) => number) =>
      spreadOf(watched.filter((_, place) => place % 2 === index).map(value));

    const idle = [keep(await start(both[0], '1h', 100)), keep(await start(both[1], '1h', 101))];
    const [first, second] = await scrapesOf(idle);
    return [
      pair(
        'one target: RssAnon MiB',
        of(0, ({ held }) => held.anon / 2 ** 20),
        of(1, ({ held }) => held.anon / 2 ** 20),
      ),
      pair(
        'one target: CPU ms/poll',
        of(0, ({ meanCpu }) => meanCpu),
        of(1, ({ meanCpu }) => meanCpu),
      ),
      pair('one target: CPU ms/scrape', first, second),
    ];
  });
}

/** Milliseconds of CPU of a scrape, by rounds in turns. */
async function scrapesOf(memgaps: readonly Memgap[]): Promise<readonly Spread[]> {
  const rounds = memgaps.map(() => Array.of<number>());
  for (let round = 0; round < 8; round += 1) {
    for (const [index, { pid, url }] of memgaps.entries()) {
      const from = cpuOf(pid);
      for (let scrape = 0; scrape < scrapes / 8; scrape += 1) await timedGet(`${url}/metrics`);
      if (round > 0) rounds[index]?.push((cpuOf(pid) - from) / (scrapes / 8)); // the first warms up
    }
  }
  return rounds.map(spreadOf);
}

function table(pairs: readonly Pair[], lines: readonly string[]): Table {
  return {
    title: `Beside memgap of ${revision}`,
    columns: ['what', revision, 'now', 'medians', 'least'],
    rows: pairs.map(({ what, before, now }) => [
      what,
      shown(before),
      shown(now),
      times(now.median, before.median),
      number(now.least / before.least),
    ]),
    notes: lines,
  };
}

function notes({ version }: NodeBinary): readonly string[] {
  return [
    `Both built here, on ${version}, as shipped. Median (least to most) of ${starts} starts in turns, launcher included; of ${copies} of each at the same time, watched ` +
      `for a minute with a poll a second, for RssAnon and polls; of 7 rounds of ${scrapes / 8} scrapes without polls. On a busy machine wall times are mostly waits, and the ` +
      'least CPU tells most. The aims: starts at most 0.65 x, RssAnon 0.85 x.',
  ];
}
