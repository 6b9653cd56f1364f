import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChild } from '../../scripts/child.ts';
import { type Looking, type Observation, observe } from './observe.ts';
import { type Program, startProgram } from './programs.ts';
import { observeServed } from './served.ts';

/** What a program does while it is looked at. */
type Phase = 'idle' | 'load' | 'after';

/** One program in one phase. */
export interface PhaseRun {
  readonly program: string;
  /** It is known to map memory past Go's runtime. */
  readonly mapsMemory: boolean;
  readonly phase: Phase;
  readonly looking: Looking;
  readonly seen: readonly Observation[];
  /** Of the last look, which `memgap serve` took: where /metrics says something else than the ledger. */
  readonly differences: readonly string[];
}

/** How often to look, and how many seconds lie between two looks and before the first. */
export interface PhasePlan {
  readonly looks: number;
  readonly pause: number;
  readonly settle: number;
}

const tsx = import.meta.resolve('tsx');
const loadChild = fileURLToPath(new URL('load-child.ts', import.meta.url));

/** Runs a program idle, under load, and after it, and looks at it in each phase. */
export async function measurePhases(program: Program, path: string, plan: PhasePlan): Promise<readonly PhaseRun[]> {
  const running = await startProgram(program, path);
  const subject = { name: program.name, pid: running.pid, pprof: running.pprof };
  async function lookWith(phase: Phase, looking: Looking): Promise<PhaseRun> {
    const seen: Observation[] = [];
    for (let count = 1; count < plan.looks; count += 1) {
      seen.push(await observe(subject, looking));
      await sleep(plan.pause * 1000);
    }
    const last = await observeServed(subject, looking);
    return {
      program: program.name,
      mapsMemory: program.mapsMemory === true,
      phase,
      looking,
      seen: [...seen, last.seen],
      differences: last.differences,
    };
  }
  async function look(phase: Phase): Promise<readonly PhaseRun[]> {
    await sleep(plan.settle * 1000);
    const without = await lookWith(phase, { memoryReads: false });
    return program.mapsMemory === true ? [without, await lookWith(phase, { memoryReads: true })] : [without];
  }
  try {
    const idle = await look('idle');
    const load = await startChild('load', process.execPath, ['--import', tsx, loadChild, program.name, running.address]);
    const under = await look('load').finally(load.stop);
    if (!load.lines().some((line) => /^answered [1-9]/.test(line))) {
      throw new Error(`${program.name} answered no request of its load: ${[...load.lines(), ...running.lines()].slice(-5).join('\n')}`);
    }
    return [...idle, ...under, ...(await look('after'))];
  } finally {
    await running.stop();
  }
}
