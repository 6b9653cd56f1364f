import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroup } from '../src/kernel/cgroup/cgroup.ts';
import { followCgroup, releaseCgroup } from '../src/kernel/cgroup/locate.ts';
import { sources } from '../src/poll/sources.ts';
import { type Lab, locateLab, startLab } from '../test/programs.ts';
import type { Bench } from './bench.ts';
import { withRunning } from './running.ts';
import { spreadOf } from './statistics.ts';
import { mebibytes, shown } from './table.ts';
import { heldBy } from './usage.ts';

const times = 30;
const paths = { procfs: '/proc', cgroupfs: '/sys/fs/cgroup' };

/** What reading a process costs: mostly the kernel's time, and for smaps the target's as well. */
export const reads: Bench = async ({ say }) => {
  const title = 'One read of a process, in milliseconds';
  const program = locateLab('go1.19-pure');
  if (!program.ok) return [{ title, columns: [], rows: [], notes: [`Skipped: ${program.detail}`] }];
  const rows: string[][] = [];
  for (const mib of [0, 1024]) {
    rows.push(
      await withRunning(async (keep) => {
        const lab = keep(await startLab(program.value));
        if (mib > 0) await lab.ask(`/grow?mib=${mib}`);
        say(`a lab of ${mebibytes(heldBy(lab.pid).rss)} MiB`);
        return rowOf(lab);
      }),
    );
  }
  return [
    {
      title,
      columns: ['a Go program of', 'status', 'stat', 'maps', 'smaps_rollup', 'smaps', 'cgroup'],
      rows,
      notes: [
        `Median (least to most) of ${times} reads with 20 ms between them, on node ${process.version} without flags. status, stat, smaps_rollup and cgroup as memgap reads ` +
          'and parses them; maps and smaps only read.',
      ],
    },
  ];
};

async function rowOf({ pid }: Lab): Promise<string[]> {
  const handle = { pid, paths };
  const place = await followCgroup(handle, undefined, new AbortController().signal);
  const mappings = readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n').length - 1;
  const cells = [
    await cost(() => sources.status.read(handle)),
    await cost(() => sources.stat.read(handle)),
    await cost(() => readFileSync(`/proc/${pid}/maps`)),
    await cost(() => sources.smaps_rollup.read(handle, new AbortController().signal)),
    await cost(() => readFileSync(`/proc/${pid}/smaps`)),
    place.ok ? await cost(() => cgroup.read(place.value)) : `- (${place.reason})`,
  ];
  if (place.ok) releaseCgroup(place.value);
  return [`${mebibytes(heldBy(pid).rss)} MiB, ${mappings} mappings`, ...cells];
}

async function cost(read: () => unknown): Promise<string> {
  const found: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const begin = performance.now();
    await read();
    found.push(performance.now() - begin);
    await sleep(20);
  }
  return shown(spreadOf(found));
}
