import { writeFileSync } from 'node:fs';
import { redactIfAddress } from '../config/address.ts';
import type { TargetConfig } from '../config/config.ts';
import { type Condition, outcomeOf, parseCondition } from '../loadtest/condition.ts';
import { loadtestDocument } from '../loadtest/document.ts';
import { judgeLoad } from '../loadtest/judge.ts';
import { loadtestText } from '../loadtest/text.ts';
import type { ProcessIdentity } from '../snapshot.ts';
import { collectGarbage } from '../sources/go/collect.ts';
import { closeEndpoint } from '../sources/http/connections.ts';
import { formatDuration, parseDuration } from '../units.ts';
import { printable, printableJson } from '../untrusted.ts';
import type { Arguments } from './arguments.ts';
import { discoveredTargets } from './discovered.ts';
import { exitCode } from './exit-code.ts';
import { chooseTarget } from './explain-target.ts';
import type { Io } from './io.ts';
import { runLoad } from './loadtest-command.ts';
import { createMarks } from './loadtest-marks.ts';
import { createPhaseRecorder, type PhaseRecorder } from './loadtest-recorder.ts';
import { onStopSignals } from './loadtest-signals.ts';
import { pollOnce } from './poll-once.ts';
import { withPorts } from './probe-ports.ts';
import { refuse } from './refuse.ts';

/** How the load is to be repeated. */
interface Plan {
  readonly cycles: number;
  /** Milliseconds of rest before the floors are taken. */
  readonly settle: number;
  readonly runTimeout: number;
  /** `undefined`: by marks on standard input. */
  readonly run: string | undefined;
  readonly conditions: readonly Condition[];
  readonly out: string | undefined;
}

const interrupted = 'it was interrupted';

/** `memgap loadtest`: idle, load, after, load, after, ...; what grew from load to load, and whether that is a leak. */
export async function loadtest(args: Arguments, io: Io): Promise<number> {
  const plan = planOf(args);
  if ('problem' in plan) {
    io.err(`memgap: ${plan.problem}\nmemgap loadtest --help lists its flags.\n`);
    return exitCode.usage;
  }
  const discovered = await discoveredTargets(args);
  const choice = discovered.ok ? await chooseTarget(args, discovered.value) : { ok: false as const, search: discovered };
  if ('problems' in choice) return refuse(choice.problems, 'loadtest', io);
  if (!choice.ok) return failed(choice.search.ok ? 'no target' : choice.search.detail, io);
  if (choice.note !== undefined) io.err(`memgap: ${choice.note}\n`);
  const failure = prepare(plan.out);
  if (failure !== undefined) return failed(failure, io);

  const { pollTimeout } = choice.config;
  const target = args.flag('target.probe-ports') ? await withPorts(choice.target, pollTimeout, args) : choice.target;
  const { pprof } = target.go;
  const stop = onStopSignals(io);
  const collectWithin = () => AbortSignal.any([AbortSignal.timeout(60_000), stop.asked]);
  const collect = pprof === undefined || args.flag('no-gc') ? undefined : () => collectGarbage(pprof, collectWithin());
  const poll = (only: ProcessIdentity | undefined) => pollOnce(pinned(target, only), pollTimeout, args, io);
  const recorder = createPhaseRecorder({ poll, collect, stop: stop.asked });
  try {
    const amiss =
      plan.run === undefined ? await byMarks(plan, recorder, stop.asked, io) : await byCommand(plan, plan.run, recorder, stop.asked, io);
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

async function byCommand(
  { cycles, settle, runTimeout }: Plan,
  command: string,
  recorder: PhaseRecorder,
  stop: AbortSignal,
  io: Io,
): Promise<string | undefined> {
  const settled = () => AbortSignal.any([AbortSignal.timeout(settle), stop]);
  const resting = `${settle === 0 ? '' : `${formatDuration(settle)} of rest, then `}its floor`;
  io.err(`idle: ${resting}\n`);
  await recorder.record('idle', 0, settled(), true);
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    if (stop.aborted) return interrupted;
    if (recorder.problem() !== undefined) return undefined;
    io.err(`load ${cycle} of ${cycles}: ${printable(command)}\n`);
    const load = runLoad(command, cycle, runTimeout);
    const interrupt = () => load.stop('was interrupted');
    stop.addEventListener('abort', interrupt, { once: true });
    await recorder.record('load', cycle, load.over, false);
    if (recorder.problem() !== undefined) load.stop('was ended with it');
    const amiss = await load.end;
    stop.removeEventListener('abort', interrupt);
    if (amiss !== undefined) return `load ${cycle} ${amiss}`;
    if (recorder.problem() !== undefined) return undefined;
    io.err(`after ${cycle} of ${cycles}: ${resting}\n`);
    await recorder.record('after', cycle, settled(), true);
  }
  return stop.aborted ? interrupted : undefined;
}

async function byMarks({ cycles }: Plan, recorder: PhaseRecorder, stop: AbortSignal, io: Io): Promise<string | undefined> {
  const marks = createMarks(process.stdin, io.err);
  try {
    io.err('idle: Enter when the target is at rest, before the first load; then its floor is taken\n');
    let mark = marks.wait('load');
    await recorder.record('idle', 0, AbortSignal.any([mark.over, stop]), true);
    for (let cycle = 1; cycle <= cycles && !mark.isEnd(); cycle += 1) {
      if (stop.aborted || recorder.problem() !== undefined) break;
      io.err(`load ${cycle} of ${cycles}: start it now; Enter when it has ended\n`);
      mark = marks.wait('after');
      await recorder.record('load', cycle, AbortSignal.any([mark.over, stop]), false);
      if (mark.isEnd() || stop.aborted || recorder.problem() !== undefined) break;
      io.err(`after ${cycle} of ${cycles}: Enter when the target has settled; then its floor is taken\n`);
      mark = marks.wait('load');
      await recorder.record('after', cycle, AbortSignal.any([mark.over, stop]), true);
    }
    return stop.aborted ? interrupted : undefined;
  } finally {
    marks.close();
  }
}

function report({ conditions, out }: Plan, recorder: PhaseRecorder, problem: string | undefined, args: Arguments, io: Io): number {
  const { phases } = recorder;
  const notes = [...recorder.notes, ...(problem === undefined ? [] : [`the test was not finished: ${problem}`])];
  const verdict = judgeLoad(phases);
  const outcomes = conditions.map((condition) => outcomeOf(condition, verdict));
  const json = `${printableJson(loadtestDocument(phases, verdict, outcomes, notes))}\n`;
  io.out(args.flag('json') ? json : loadtestText(phases, verdict, outcomes, notes));
  if (out !== undefined) writeFileSync(out, json);
  if (problem !== undefined) return failed(problem, io);
  if (verdict.cycles === 0) return failed('no load was recorded', io);
  return outcomes.every(({ holds }) => holds === false) ? exitCode.ok : exitCode.judged;
}

function planOf(args: Arguments): Plan | { readonly problem: string } {
  const run = args.text('run');
  if ((run === undefined) === !args.flag('mark')) return { problem: 'give --run CMD, or --mark to say by hand when a phase begins' };
  const cycles = Number(args.text('cycles'));
  if (!Number.isInteger(cycles) || cycles < 1 || cycles > 100) return { problem: '--cycles: a whole number from 1 to 100' };
  const settle = parseDuration(args.text('settle') ?? '');
  const runTimeout = parseDuration(args.text('run-timeout') ?? '');
  if (settle === undefined || runTimeout === undefined || runTimeout === 0) {
    return { problem: `--${settle === undefined ? 'settle' : 'run-timeout'}: a duration, as 30s or 5m` };
  }
  const conditions: Condition[] = [];
  for (const text of args.texts('fail-if')) {
    const condition = parseCondition(text);
    if ('problem' in condition) return { problem: `--fail-if:\n${condition.problem}` };
    conditions.push(condition);
  }
  return { cycles, settle, runTimeout, run, conditions, out: args.text('out') };
}

/** A long test is not to end at a file that can't be written. */
function prepare(out: string | undefined): string | undefined {
  try {
    if (out !== undefined) writeFileSync(out, '');
    return undefined;
  } catch (error) {
    return `--out: cannot write ${redactIfAddress(out ?? '')}: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`;
  }
}

function failed(problem: string, io: Io): number {
  io.err(`memgap: ${printable(problem, 4096)}\n`);
  return exitCode.failed;
}
