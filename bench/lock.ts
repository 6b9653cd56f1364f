import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, BenchContext } from './bench.ts';
import { timedGet } from './http.ts';
import { buildMapped, type Latency, type MappedProgram, startMapped } from './mapped.ts';
import { type Memgap, startMemgap } from './memgap.ts';
import { withRunning } from './running.ts';
import { mebibytes, number } from './table.ts';
import { heldBy } from './usage.ts';
import { shipped } from './variants.ts';

const settle = 20; // the first walk, which no walk before it delays
const seconds = 100;

const targets = [
  { label: '8 GiB in one mapping', mappings: 0, mib: 8192 },
  { label: '50000 mappings', mappings: 50_000, mib: 0 },
  { label: '19900 mappings', mappings: 19_900, mib: 0 },
] as const;

/** What memgap at its default schedule costs the target: the share of time that its mmap_lock is held, and its own mmap latency. */
export const lock: Bench = async (context) => {
  const title = "The target's own mmap, without and with memgap";
  const program = buildMapped();
  if (!program.ok) return [{ title, columns: [], rows: [], notes: [`Skipped: ${program.detail}`] }];
  const rows: string[][] = [];
  try {
    for (const target of targets) rows.push(...(await measure(context, program.value, target)));
  } finally {
    program.value.remove();
  }
  return [
    {
      title,
      columns: ['target', 'mmap p50 us', 'p99.9 us', 'most ms', 'walks', 'longest ms', 'lock held', "memgap's RssAnon MiB"],
      rows,
      notes: [
        `${seconds} s each, one after the other, of one target: a map and an unmap of 64 KiB each millisecond, those that a stall kept from their turn counted with what they would have ` +
          `waited, and without what the thread waited for a CPU. memgap as shipped, a poll each 15 s, after its first walk. Lock held: what memgap's walks took (smaps, pagemap, smaps_rollup) by the time that passed, an upper bound, for ` +
          'the kernel lets go between two reads. The row without memgap shows what the machine does by itself.',
      ],
    },
  ];
};

async function measure(
  { installation, nodes, say }: BenchContext,
  program: MappedProgram,
  { label, mappings, mib }: (typeof targets)[number],
): Promise<string[][]> {
  const node = nodes.at(-1);
  if (node === undefined) return [];
  return withRunning(async (keep) => {
    const target = keep(await startMapped(program, { mappings, mib }));
    say(`${label}: ${seconds} s without memgap, then with`);
    await target.latency();
    await sleep(seconds * 1000);
    const without = await target.latency();
    const watched = { name: 'mapped', go: { pprof: `${target.url}/debug/pprof` }, process: { pid: target.pid } };
    const memgap = keep(await startMemgap({ installation, node, variant: shipped, interval: '15s', targets: [watched] }));
    await sleep(settle * 1000);
    await target.latency();
    const walks = await watchWalks(memgap);
    const beside = await target.latency();
    return [
      [`${label}, alone`, ...cells(without), '-', '-', '-', '-'],
      [
        `${label}, memgap on ${node.version}`,
        ...cells(beside),
        String(walks.length),
        number(Math.max(0, ...walks) * 1000),
        `${number((walks.reduce((sum, each) => sum + each, 0) / seconds) * 100)} %`,
        mebibytes(heldBy(memgap.pid).anon),
      ],
    ];
  });
}

function cells({ p50, p999, max }: Latency): readonly string[] {
  return [number(p50), number(p999), number(max / 1000)];
}

/** The seconds of each walk: between two walks memgap repeats the durations of the last one, to the digit. */
async function watchWalks(memgap: Memgap): Promise<readonly number[]> {
  const walks: number[] = [];
  let last = durations(await page(memgap));
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await sleep(1000);
    const now = durations(await page(memgap));
    if (now.join() !== last.join()) walks.push(now.reduce((sum, each) => sum + each, 0));
    last = now;
  }
  return walks;
}

async function page({ url }: Memgap): Promise<string> {
  return (await timedGet(`${url}/metrics`, { accept: 'text/plain' })).body.toString();
}

function durations(text: string): readonly number[] {
  const found: number[] = [];
  for (const [, took] of text.matchAll(/^memgap_source_duration_seconds\{.*source="(?:smaps|smaps_rollup|pagemap)".*\} (\S+)$/gm)) {
    found.push(Number(took));
  }
  return found;
}
