import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
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
import { hasStrace, systemCallsOf } from './system-calls.ts';
import { shown, type Table, times } from './table.ts';
import { cpuOf } from './usage.ts';
import { type NodeBinary, root, shipped } from './variants.ts';
import { watchAll } from './watch.ts';

/** What memgap of today is held against: the last commit before it was made to start and stay with less. */
const revision = '6888ee7';

const starts = 15;
const copies = 3; // of each, for RssAnon differs from start to start
const scrapes = 200;
const countedPolls = 30; // one a second: two walks are among them

/** What each took, in turns or at the same time: that revision, what is built, and the same without the code that the build keeps of it. */
interface Row {
  readonly what: string;
  readonly before: Spread;
  readonly now: Spread;
  readonly withoutCode: Spread;
}

/** Start, memory, poll and scrape of that revision and of what is built, both as shipped, on the newest node at hand. */
export const before: Bench = async (context) => {
  const node = context.nodes.at(-1);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-before-'));
  try {
    if (node === undefined || !extract(folder))
      return [table([], [`There is no ${revision} in this clone (git fetch --unshallow), and no comparison.`])];
    context.say(`${revision} is built`);
    const [old, plain] = [install(folder), withoutCode()];
    try {
      return [table(await measured(context, node, [old, context.installation, plain]), notes(node))];
    } finally {
      old.remove();
      plain.remove();
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

function withoutCode(): Installation {
  const installation = install();
  const dist = join(installation.folder, 'dist');
  for (const name of readdirSync(dist)) if (name.endsWith('.cache')) rmSync(join(dist, name));
  return installation;
}

async function measured({ say }: BenchContext, node: NodeBinary, all: readonly Installation[]): Promise<readonly Row[]> {
  const target = await startChild('sleep', 'sleep', ['3600']);
  try {
    say(`${starts} starts of each`);
    const rows = [
      await inTurns('memgap --version', async (each) => toEnd(each, node, ['--version'])),
      await inTurns('memgap explain PID', async (each) => toEnd(each, node, ['explain', String(target.pid)])),
      await inTurns('serve, to the first 200 on /metrics', (each) => toAnswer(each, node, target.pid)),
    ].flat();
    say(`${copies} of each are watched beside one target`);
    return [...rows, ...(await beside(all, node, say))];
  } finally {
    await target.stop();
  }

  async function inTurns(what: string, measure: (each: Installation) => Promise<Cost>): Promise<readonly Row[]> {
    const costs = all.map(() => Array.of<Cost>());
    for (let run = 0; run < starts; run += 1) for (const [index, each] of all.entries()) costs[index]?.push(await measure(each));
    return (['cpu', 'wall'] as const).map((kind) => {
      const spreads = costs.map((own) => spreadOf(own.map((cost) => cost[kind])));
      return rowOf(`${what}: ${kind === 'cpu' ? 'CPU' : 'wall'} ms`, spreads);
    });
  }
}

function rowOf(what: string, [before = none, now = none, withoutCode = none]: readonly Spread[]): Row {
  return { what, before, now, withoutCode };
}

const none = spreadOf([]);

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
async function beside(all: readonly Installation[], node: NodeBinary, say: BenchContext['say']): Promise<readonly Row[]> {
  return withRunning(async (keep) => {
    const fake = keep(await startFakeGo());
    const start = (installation: Installation, interval: string, index: number) =>
      startMemgap({ installation, node, variant: shipped, interval, targets: [fake.target('64kB', `i${index}`)] });
    const polling: Memgap[] = [];
    for (let copy = 0; copy < copies; copy += 1) for (const each of all) polling.push(keep(await start(each, '1s', polling.length)));
    const watched = await watchAll(
      polling.map(({ pid }) => pid),
      { settle: 30, window: 15, windows: 4 },
    );
    const calls = hasStrace() ? await Promise.all(polling.slice(0, all.length).map(({ pid }) => systemCallsOf(pid, countedPolls))) : [];
    if (calls.length === 0) say('SKIPPED: system calls are not counted, for there is no strace here');
    for (const each of polling) await each.stop();
    const of = (value: (each: (typeof watched)[number]) => number) =>
      all.map((_, index) => spreadOf(watched.filter((_, place) => place % all.length === index).map(value)));

    const idle: Memgap[] = [];
    for (const [index, each] of all.entries()) idle.push(keep(await start(each, '1h', 100 + index)));
    return [
      rowOf(
        'one target: RssAnon MiB',
        of(({ held }) => held.anon / 2 ** 20),
      ),
      rowOf(
        'one target: CPU ms/poll',
        of(({ meanCpu }) => meanCpu),
      ),
      rowOf(
        'one target: system calls/poll',
        calls.map((count) => spreadOf([count / countedPolls])),
      ),
      rowOf('one target: CPU ms/scrape', await scrapesOf(idle)),
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

function table(rows: readonly Row[], lines: readonly string[]): Table {
  return {
    title: `Beside memgap of ${revision}`,
    columns: ['what', revision, 'now', 'without kept code', 'medians', 'least'],
    rows: rows.map(({ what, before, now, withoutCode }) => [
      what,
      shown(before),
      shown(now),
      shown(withoutCode),
      times(now.median, before.median),
      times(now.least, before.least),
    ]),
    notes: lines,
  };
}

function notes({ version }: NodeBinary): readonly string[] {
  return [
    `Both built here, on ${version}, as shipped; without kept code: *.cache deleted, so that V8 compiles. Ratios: now to that revision. Median (least to most) of ${starts} starts in turns, launcher included; of ${copies} of each at the same time, watched ` +
      `for a minute with a poll a second, for RssAnon and polls; system calls by strace, of one of each in ${countedPolls} polls, futex apart; of 7 rounds of ${scrapes / 8} scrapes without polls. On a busy machine wall times are mostly waits, and the ` +
      'least CPU tells most. The aims: starts at most 0.65 x, RssAnon 0.85 x.',
  ];
}
