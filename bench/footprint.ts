import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../scripts/child.ts';
import type { Bench, BenchContext } from './bench.ts';
import { type BodySize, type FakeGo, startFakeGo } from './fake-go.ts';
import { startMemgap } from './memgap.ts';
import { withRunning } from './running.ts';
import { mebibytes, number, shown, type Table, times } from './table.ts';
import { allButOne, bare, type NodeBinary, shipped, type Variant } from './variants.ts';
import { type Plan, type Watched, watchAll } from './watch.ts';

/** One process of a group: a row of the table. */
interface Member {
  readonly label: string;
  readonly node: NodeBinary;
  /** Seconds between two polls; absent for what polls nothing. */
  readonly every?: number;
  readonly variant?: Variant;
  /** No process beside the Go numbers: one heap profile a poll, not two. */
  readonly alone?: boolean;
}

const often = 1; // the least that the configuration takes: 90 polls are seen in 90 s

/** CPU of a whole poll and memory after two minutes, of every choice of flags, at the same time. */
export const footprint: Bench = async (context) => {
  const plan = { settle: 30, window: 15, windows: 6 };
  const variants = [shipped, bare, ...allButOne()];
  return [
    await group(
      context,
      '64kB',
      context.nodes.flatMap((node) => usual(node, variants)),
      plan,
    ),
    await group(
      context,
      '2MB',
      context.nodes.flatMap((node) => usual(node, variants)),
      plan,
    ),
  ];
};

/** The same for heap profiles that are nearly as long as memgap reads, of what ships and a node without flags only. */
export const largeBodies: Bench = async (context) => {
  const members = context.nodes.flatMap((node) => [shipped, bare].map((variant) => ({ label: variant.label, node, variant, every: 5 })));
  return [await group(context, '50MB', members, { settle: 20, window: 20, windows: 3 })];
};

function usual(node: NodeBinary, variants: readonly Variant[]): readonly Member[] {
  return [
    { label: "node -e 'setInterval(()=>{},1e9)'", node },
    { label: 'as shipped, idle: one poll an hour', node, variant: shipped, every: 3600 },
    { label: 'as shipped, a poll each 15 s', node, variant: shipped, every: 15 },
    ...variants.map((variant) => ({ label: variant.label, node, variant, every: often })),
    ...[shipped, bare].map((variant) => ({ label: `${variant.label}, one fetch and the index`, node, variant, every: often, alone: true })),
  ];
}

async function group({ installation, say }: BenchContext, size: BodySize, members: readonly Member[], plan: Plan): Promise<Table> {
  const seconds = plan.settle + plan.window * plan.windows;
  const watched = await withRunning(async (keep) => {
    const fake = keep(await startFakeGo());
    say(`${size}: ${members.length} processes are started and watched for ${seconds} s`);
    const pids: number[] = [];
    for (const [index, member] of members.entries()) {
      pids.push(keep(await start(member, `i${index}`, fake)).pid);
      await sleep((member.every ?? 0) > often && size === '50MB' ? 1250 : 30); // so that their polls don't fall together
    }
    return watchAll(pids, plan);
  });
  return tableOf(size, members, watched, seconds);

  function start({ node, variant, every, alone }: Member, instance: string, fake: FakeGo): Promise<Child> {
    if (variant === undefined) return startChild('node', node.command, ['-e', 'setInterval(()=>{},1e9)']);
    const targets = [fake.target(size, instance, 'target', alone)];
    return startMemgap({ installation, node, variant, interval: `${every}s`, targets });
  }
}

function tableOf(size: BodySize, members: readonly Member[], watched: readonly Watched[], seconds: number): Table {
  const rows = members.map((member, index) => {
    const own = watched[index];
    const like = members.findIndex(({ node, variant, every, alone }) => {
      return node === member.node && variant === shipped && every === member.every && alone === member.alone;
    });
    const baseline = watched[like];
    if (own === undefined) return [member.label];
    const { every = Number.NaN } = member;
    const sizes = [own.held.anon, own.held.rss, own.held.peak].map(mebibytes);
    const polls = every < 60;
    const { median, least, most } = own.cpu;
    const perPoll = { median: median * every, least: least * every, most: most * every };
    return [
      `${member.node.version} ${member.label}`,
      polls ? shown(perPoll) : '-',
      polls ? number(own.meanCpu * every) : '-',
      polls && baseline !== undefined ? times(own.meanCpu, baseline.meanCpu) : '-',
      `${number(own.meanCpu / 10)} %`,
      ...sizes,
    ];
  });
  return {
    title: `One target, ${size} of heap profile`,
    columns: ['node, flags', 'CPU ms/poll', 'mean', 'to shipped', 'of a core', 'RssAnon MiB', 'RSS MiB', 'peak MiB'],
    rows,
    notes: [
      `A poll is the whole cycle: the heap profile before and after the process's numbers, the index page, the kernel's files, its share of gc(). ` +
        `One poll each second where nothing else is said${size === '50MB' ? ' (here each 5 s)' : ''}; all rows at the same time, for ${seconds} s. ` +
        'CPU: median (least to most) over windows, and the mean over all of them, by the threads’ schedstat; nothing is subtracted, for an idle memgap ' +
        'takes next to nothing. Memory: medians of the last window; peak is VmHWM. MALLOC_...: MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072 MALLOC_MMAP_THRESHOLD_=49152 in the environment.',
    ],
  };
}
