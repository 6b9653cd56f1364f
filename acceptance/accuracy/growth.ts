import { setTimeout as sleep } from 'node:timers/promises';
import { startLab } from '../../test/programs.ts';
import { type Observation, observeOn, watchOf } from './observe.ts';

/** When a growth was seen, in seconds after it: in RSS by kind, and in the components. */
export interface GrowthRun {
  readonly kinds: number | undefined;
  readonly components: number | undefined;
  readonly misses: readonly string[];
}

const grownBy = 128; // MiB
const poll = 5; // seconds
const twoWalks = 30; // seconds: a walk of a process of that size is due every 15
const enough = 0.9 * grownBy * 1024 ** 2;

/** Lets a watched lab grow between two polls, and waits until the books have it. */
export async function measureGrowth(lab: { readonly name: string; readonly path: string }): Promise<GrowthRun> {
  const running = await startLab(lab.path);
  const watch = watchOf({ name: 'growth', pid: running.pid, pprof: `http://${running.address}/debug/pprof` }, { memoryReads: false });
  try {
    const before = await observeOn(watch);
    await sleep(poll * 1000);
    await running.ask(`/grow?mib=${grownBy}`);
    const begin = performance.now();
    let kinds: number | undefined;
    let components: number | undefined;
    let polls = 0;
    let kindsAtPoll = 0;
    while (components === undefined || kinds === undefined) {
      const seen = await observeOn(watch);
      const now = (performance.now() - begin) / 1000;
      polls += 1;
      if (kinds === undefined && grew(before, seen, ({ rss }) => rss?.kinds?.anon)) {
        kinds = now;
        kindsAtPoll = polls;
      }
      if (components === undefined && grew(before, seen, ({ rss }) => rss?.components?.go_arenas)) components = now;
      if (now > twoWalks + poll) break;
      if (components === undefined || kinds === undefined) await sleep(poll * 1000);
    }
    const misses: string[] = [];
    if (kindsAtPoll !== 1) misses.push(`a growth of ${grownBy} MiB was not in RSS by kind at the next poll`);
    if (components === undefined || components > twoWalks + poll) {
      misses.push(`a growth of ${grownBy} MiB was not in the components within two intervals of smaps`);
    }
    return { kinds, components, misses };
  } finally {
    await watch.close();
    await running.stop();
  }
}

function grew(before: Observation, after: Observation, size: (seen: Observation) => number | undefined): boolean {
  const [from, to] = [size(before), size(after)];
  return from !== undefined && to !== undefined && to - from >= enough;
}
