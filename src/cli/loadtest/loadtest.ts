import { writeFileSync } from 'node:fs';
import { redactIfAddress } from '../../config/endpoint-address.ts';
import { withDeadline } from '../../deadline.ts';
import { collectGarbage } from '../../goruntime/endpoints/pprof-heap.ts';
import { type Condition, outcomeOf, parseCondition } from '../../loadtest/condition.ts';
import { loadtestDocument } from '../../loadtest/document.ts';
import { judgeLoad } from '../../loadtest/judge.ts';
import { loadtestText } from '../../loadtest/text.ts';
import type { Problem } from '../../model/problem.ts';
import type { ProcessIdentity } from '../../model/process.ts';
import type { Reading } from '../../model/reading.ts';
import type { Endpoint, TargetConfig } from '../../model/target.ts';
import { parseDuration } from '../../model/units.ts';
import { closeEndpoint } from '../../net/connections.ts';
import { printableJson } from '../../untrusted.ts';
import type { Arguments } from '../arguments.ts';
import { withPorts } from '../doctor/probe-ports.ts';
import { discoveredTargets } from '../explain/discovered.ts';
import { chooseTarget } from '../explain/explain-target.ts';
import { errorCode, exitCode, type Io } from '../io.ts';
import { pollOnce } from '../poll-once.ts';
import { fail, refuse } from '../refuse.ts';
import { byCommand, byMarks, type Cycles } from './cycles.ts';
import { createPhaseRecorder, type PhaseRecorder } from './recorder.ts';
import { onStopSignals } from './signals.ts';

/** How the load is to be repeated, and what comes of it. */
interface LoadtestPlan extends Cycles {
  /** `undefined`: by marks on standard input. */
  readonly run: string | undefined;
  readonly conditions: readonly Condition[];
  readonly out: string | undefined;
}

/** A collection of a heap of 100 GiB takes a minute at most. */
const collectionMilliseconds = 60_000;

/** `memgap loadtest`: idle, load, after, load, after, ...; what grew from load to load, and whether that is a leak. */
export async function loadtest(args: Arguments, io: Io): Promise<number> {
  const plan = planOf(args);
  if ('message' in plan) {
    io.err(`memgap: ${plan.message}\nmemgap loadtest --help lists its flags.\n`);
    return exitCode.usage;
  }
  const discovered = await discoveredTargets(args);
  const choice = discovered.ok ? await chooseTarget(args, discovered.value) : { ok: false as const, search: discovered };
  if ('problems' in choice) return refuse(choice.problems, 'loadtest', io);
  if (!choice.ok) return fail(choice.search.ok ? 'no target' : choice.search.detail, io);
  if (choice.note !== undefined) io.err(`memgap: ${choice.note}\n`);
  const failure = prepare(plan.out);
  if (failure !== undefined) return fail(failure, io);

  const { pollTimeout } = choice.config;
  const target = args.flag('target.probe-ports') ? await withPorts(choice.target, pollTimeout, args) : choice.target;
  const { pprof } = target.go;
  const stop = onStopSignals(io);
  const collect = pprof === undefined || args.flag('no-gc') ? undefined : () => collectWithin(collectionMilliseconds, pprof, stop.asked);
  const poll = (only: ProcessIdentity | undefined) => pollOnce(pinned(target, only), pollTimeout, args, io, [stop.asked]);
  const recorder = createPhaseRecorder({ poll, collect, stop: stop.asked });
  try {
    const amiss = plan.run === undefined ? await byMarks(plan, recorder, stop, io) : await byCommand(plan, plan.run, recorder, stop, io);
    if (!stop.asked.aborted && (amiss ?? recorder.problem()) !== undefined) await recorder.look();
    const problems = [recorder.problem(), amiss].filter((each) => each !== undefined);
    return report(plan, recorder, problems.length === 0 ? undefined : problems.join('; '), args, io);
  } finally {
    stop.close();
    if (pprof !== undefined) await closeEndpoint(pprof);
  }
}

/** Once it is known who the target is, another one with its port or its name is not meant. */
function pinned(target: TargetConfig, only: ProcessIdentity | undefined): TargetConfig {
  return only === undefined ? target : { ...target, process: { by: 'pid', pid: only.pid, startTicks: only.startTicks } };
}

function report({ conditions, out }: LoadtestPlan, recorder: PhaseRecorder, problem: string | undefined, args: Arguments, io: Io): number {
  const { phases } = recorder;
  const notes = [...recorder.notes, ...(problem === undefined ? [] : [`the test was not finished: ${problem}`])];
  const verdict = judgeLoad(phases);
  const outcomes = conditions.map((condition) => outcomeOf(condition, verdict));
  const json = `${printableJson(loadtestDocument(phases, verdict, outcomes, notes))}\n`;
  io.out(args.flag('json') ? json : loadtestText(phases, verdict, outcomes, notes));
  if (out !== undefined) writeFileSync(out, json);
  if (problem !== undefined) return fail(problem, io);
  if (verdict.cycles === 0) return fail('no load was recorded', io);
  return outcomes.every(({ holds }) => holds === false) ? exitCode.ok : exitCode.judged;
}

function planOf(args: Arguments): LoadtestPlan | Problem {
  const run = args.text('run');
  if ((run === undefined) === !args.flag('mark')) return { message: 'give --run CMD, or --mark to say by hand when a phase begins' };
  const cycles = Number(args.text('cycles'));
  if (!Number.isInteger(cycles) || cycles < 1 || cycles > 100) return { message: '--cycles: a whole number from 1 to 100' };
  const settle = parseDuration(args.text('settle') ?? '');
  if (settle === undefined) return { message: '--settle: a duration, as 30s or 5m' };
  const runTimeout = parseDuration(args.text('run-timeout') ?? '') ?? 0;
  const markTimeout = parseDuration(args.text('mark-timeout') ?? '') ?? 0;
  if (runTimeout === 0 || markTimeout === 0) {
    return { message: `--${runTimeout === 0 ? 'run-timeout' : 'mark-timeout'}: a duration, as 30s or 5m` };
  }
  const conditions: Condition[] = [];
  for (const text of args.texts('fail-if')) {
    const condition = parseCondition(text);
    if ('problem' in condition) return { message: `--fail-if:\n${condition.problem}` };
    conditions.push(condition);
  }
  return { cycles, settle, runTimeout, markTimeout, run, conditions, out: args.text('out') };
}

/** A long test is not to end at a file that can't be written. */
function prepare(out: string | undefined): string | undefined {
  try {
    if (out !== undefined) writeFileSync(out, '');
    return undefined;
  } catch (error) {
    return `--out: cannot write ${redactIfAddress(out ?? '')}: ${errorCode(error)}`;
  }
}

/** Has the target collect its garbage, for at most so many milliseconds, or until `stop` aborts. */
export function collectWithin(milliseconds: number, pprof: Endpoint, stop: AbortSignal): Promise<Reading<unknown>> {
  return withDeadline(milliseconds, [stop], (signal) => collectGarbage(pprof, signal));
}
