import { setTimeout as sleep } from 'node:timers/promises';
import { missedBeats } from '../test/hostile/missed-beats.ts';
import { drips, mixture, startMixture } from '../test/hostile/mixture.ts';
import { watchPolls } from '../test/hostile/watch-polls.ts';
import { locateHostile, locateLab, startLab } from '../test/programs.ts';
import type { Bench, BenchContext } from './bench.ts';
import { type BenchTarget, startMemgap } from './memgap.ts';
import { probe } from './probe.ts';
import { withRunning } from './running.ts';
import { quantile } from './statistics.ts';
import { mebibytes, number } from './table.ts';
import { cpuOf } from './usage.ts';
import { shipped } from './variants.ts';

const interval = 5; // seconds
const settle = 20;
const watched = 90;
const good = 3;

/** Thirty hostile targets at once, and what of it the good ones and the kubelet's probes feel. */
export const hostile: Bench = async (context) => {
  const program = locateHostile();
  const lab = locateLab('go-newest-pure');
  const title = 'Thirty hostile targets at once';
  const gap = [program, lab].find(({ ok }) => !ok);
  if (!program.ok || !lab.ok) return [{ title, columns: [], rows: [], notes: [`Not measured: ${gap?.ok === false ? gap.detail : ''}.`] }];
  const notes: string[] = [];
  const quiet = await run(context, lab.value, () => startQuiet(lab.value));
  const rows = [['thirty quiet ones', ...quiet.cells, '-']];
  for (const [label, paths] of [
    ['thirty hostile ones of all kinds', mixture],
    ['thirty that send a byte a second', drips],
  ] as const) {
    const { cells, anon } = await run(context, lab.value, async () => {
      const { targets, missing, stop } = await startMixture(program.value, paths);
      notes.push(...missing.map(({ path, why }) => `Without ${path}: ${why}.`));
      return { targets, stop };
    });
    rows.push([label, ...cells, mebibytes(anon - quiet.anon)]);
  }
  return [
    {
      title,
      columns: [
        `beside ${good} good ones`,
        'p50 ms',
        'p99 ms',
        'most ms',
        'probes lost',
        'good polls',
        'missed',
        'of a core',
        'fds',
        'RssAnon MiB',
        'most',
        'to quiet',
      ],
      rows,
      notes: [
        `${context.nodes.at(-1)?.version} as shipped, a poll each ${interval} s, watched for ${watched} s after ${settle}. /-/healthy is asked each 50 ms on a ` +
          'new connection by another process. Good polls: those of the good ones by their snapshots, and the beats of theirs without one. RssAnon: median ' +
          `and most of two looks a second. The hostile ones are those of test/hostile/mixture.ts; they take the machine's CPUs as well.`,
        'Goals on two idle cores: p99 at most 100 ms, most at most 300 ms, no probe lost, no poll missed, RssAnon at most 8 MiB more than beside quiet ones.',
        ...notes,
      ],
    },
  ];
};

interface Beside {
  readonly targets: readonly BenchTarget[];
  stop(): Promise<void>;
}

interface Measured {
  readonly cells: readonly string[];
  /** Median, in bytes. */
  readonly anon: number;
}

function run({ installation, nodes, say }: BenchContext, lab: string, startBeside: () => Promise<Beside>): Promise<Measured> {
  return withRunning(async (keep) => {
    const [node] = nodes.slice(-1);
    if (node === undefined) throw new Error('no node');
    const goods: BenchTarget[] = [];
    for (let index = 1; index <= good; index += 1) goods.push(targetOf(`good ${index}`, keep(await startLab(lab))));
    const beside = await startBeside();
    const targets = [...goods, ...beside.targets];
    const memgap = keep(await startMemgap({ installation, node, variant: shipped, interval: `${interval}s`, targets }));
    keep(beside); // stopped first: a file system that hangs would hold up memgap's end
    say(`${targets.length} targets, for ${settle + watched} s`);
    await sleep(settle * 1000);
    const before = cpuOf(memgap.pid);
    const [probes, seen] = await Promise.all([probe(`${memgap.url}/-/healthy`, watched), watchPolls(memgap, watched)]);
    const cpu = cpuOf(memgap.pid) - before;
    const polls = goods.map(({ name }) => seen.polls.get(name) ?? []);
    const missed = polls.flatMap((each) => missedBeats(each, interval, watched)).length;
    const anon = quantile(seen.anon, 0.5);
    return {
      anon,
      cells: [
        ...[probes.p50, probes.p99, probes.most].map(number),
        `${probes.refused} of ${probes.sent}`,
        String(polls.flat().length),
        String(missed),
        `${number(cpu / watched / 10)} %`,
        String(seen.descriptors),
        mebibytes(anon),
        mebibytes(quantile(seen.anon, 1)),
      ],
    };
  });
}

async function startQuiet(lab: string): Promise<Beside> {
  const labs = await Promise.all(Array.from({ length: 30 }, () => startLab(lab)));
  return {
    targets: labs.map((each, index) => targetOf(`quiet ${index}`, each)),
    stop: async () => void (await Promise.all(labs.map((each) => each.stop()))),
  };
}

function targetOf(name: string, { address, pid }: { readonly address: string; readonly pid: number }): BenchTarget {
  return { name, go: { pprof: `http://${address}/debug/pprof` }, process: { pid } };
}
