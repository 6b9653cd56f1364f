import { setTimeout as sleep } from 'node:timers/promises';
import type { ActiveCause } from '../../src/causes/engine/judge.ts';
import { bytes, formatBytes } from '../../src/model/units.ts';
import { makeGroup } from '../../test/kernel/cgroup/groups.ts';
import { startLoad } from '../accuracy/load.ts';
import { type Program, startProgram } from '../accuracy/programs.ts';
import { type Phase, truthsOf } from './quiet-programs.ts';
import { type Look, watched } from './watched.ts';

/** A program that nobody here wrote and in which nothing leaks, in one phase. */
export interface QuietRun {
  readonly program: string;
  readonly phase: Phase;
  /** What was named in any look of the phase, each with the last that was said of it. */
  readonly named: readonly ActiveCause[];
  readonly rss: number;
  readonly misses: readonly string[];
}

/** Looks `looks` times in each phase, `pause` seconds apart, which memgap sees as `seconds`: enough for its verdicts on growth. */
export async function measureQuiet(
  program: Program,
  path: string,
  { looks, pause, seconds }: { readonly looks: number; readonly pause: number; readonly seconds: number },
): Promise<readonly QuietRun[]> {
  const clean: Array<() => Promise<void>> = [];
  const group = makeGroup({ after: (end) => clean.push(end) }, 'quiet');
  const running = await startProgram(program, path);
  if (group.ok) group.value.add(running.pid); // in the tests' own group others come and go
  const endpoint = { url: running.pprof, bodySizeLimit: bytes(64 * 1024 ** 2) };
  const watch = watched({ name: program.name, go: { pprof: endpoint }, process: { by: 'pid', pid: running.pid } });
  async function phase(name: Phase): Promise<QuietRun> {
    const seen: Look[] = [];
    for (let count = 0; count < looks; count += 1) {
      await sleep(pause * 1000);
      seen.push(await watch.look(seconds));
    }
    return judgeQuiet(program.name, name, seen);
  }
  try {
    const idle = await phase('idle');
    const load = startLoad(running.address, program.load);
    const under = await phase('load').finally(() => load.stop());
    return [idle, under, await phase('after')];
  } finally {
    await watch.close();
    await running.stop();
    for (const end of clean) await end();
  }
}

function judgeQuiet(program: string, phase: Phase, seen: readonly Look[]): QuietRun {
  const named = new Map<string, ActiveCause>();
  const misses = new Map<string, string>();
  const truths = truthsOf(program, phase);
  let rss = Number.NaN;
  for (const { verdicts, ledger } of seen) {
    rss = ledger.rss.ok ? ledger.rss.value.total : rss;
    let claimed = 0;
    for (const cause of verdicts.active) {
      named.set(cause.name, cause);
      if (!truths.has(cause.name)) misses.set(cause.name, `${cause.name} is not true of it: ${cause.summary}`);
      if (/leak/.test(cause.summary) && cause.name !== 'not_a_leak_plateau') misses.set('leak', `a leak, it says: ${cause.summary}`);
      if (isResident(cause.name)) claimed += cause.bytes ?? 0;
    }
    const total = ledger.mapped.ok ? ledger.mapped.value.value.total : rss;
    if (claimed > total) misses.set('sum', `${formatBytes(claimed)} are claimed of ${formatBytes(total)} that are resident`);
  }
  for (const [name, { always }] of truths)
    if ((always === true || always === phase) && !named.has(name)) misses.set(name, `${name} is not named`);
  return { program, phase, named: [...named.values()], rss, misses: [...misses.values()].map((miss) => `${program}, ${phase}: ${miss}`) };
}

function isResident(name: string): boolean {
  return !['go_untouched', 'page_cache', 'other_processes', 'kernel_other'].includes(name);
}
