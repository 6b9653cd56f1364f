import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerOf } from '../books/ledger.ts';
import { budgets } from '../budgets.ts';
import { withDeadline } from '../deadline.ts';
import type { Problem } from '../model/problem.ts';
import type { TargetConfig } from '../model/target.ts';
import { formatBytes, parseDuration } from '../model/units.ts';
import { anonymized } from '../record/anonymize.ts';
import { encodeRecording } from '../record/encode.ts';
import { createRecordingTape } from '../record/recording-tape.ts';
import { recordedTarget } from '../record/target.ts';
import { withTape } from '../tape.ts';
import { printable } from '../untrusted.ts';
import { revision, version } from '../version.ts';
import type { Arguments } from './arguments.ts';
import { askedTarget } from './asked-target.ts';
import { kernelPaths } from './configure.ts';
import { errorCode, exitCode, type Io } from './io.ts';
import { createLooks, showLooks, toldSomething } from './looks.ts';
import { withWatch } from './poll-once.ts';
import { fail, refuse } from './refuse.ts';

/** What is to be recorded, and where to. Milliseconds. */
interface RecordPlan {
  readonly file: string;
  readonly polls: number;
  readonly interval: number;
}

/** `memgap record`: some polls of one target, with all that they read, in one file; with `--json` also prints what `explain` would have. */
export async function record(args: Arguments, io: Io): Promise<number> {
  const plan = planOf(args);
  if ('message' in plan) return refuse([plan], 'record', io);
  const asked = await askedTarget(args, io);
  if (typeof asked === 'number') return asked;
  const problem = written(plan.file, Buffer.alloc(0)); // before anything is read
  if (problem !== undefined) return fail(`cannot write ${plan.file}: ${problem}`, io);
  return recordTo(plan, asked, args, io);
}

async function recordTo(
  { file, polls, interval }: RecordPlan,
  { target, timeout }: { readonly target: TargetConfig; readonly timeout: number },
  args: Arguments,
  io: Io,
): Promise<number> {
  const { procfs } = kernelPaths(args);
  const tape = createRecordingTape(procfs);
  const looks = createLooks();
  await withTape(tape, () =>
    withWatch(target, args, io, async (watch) => {
      for (let left = polls; left > 0 && !tape.isFull(); left -= 1) {
        const next = sleep(left === 1 ? 0 : interval);
        tape.beginPoll();
        const { snapshot, mapped } = await withDeadline(timeout, [], watch.poll);
        looks.add(ledgerOf(snapshot, mapped));
        await next;
      }
    }),
  );
  if (tape.isFull()) return fail(`more than ${formatBytes(budgets.recordedTexts.maxBytes)} were read: record fewer polls`, io);
  const recording = {
    memgap: `${version} (${revision})`,
    isAnonymous: false,
    target: recordedTarget(target),
    procfs,
    memoryReads: args.flag('process.memory-reads'),
    environ: !args.flag('process.no-environ'),
    ...tape.recorded(),
  };
  const bytes = encodeRecording(args.flag('anonymize') ? anonymized(recording) : recording);
  const problem = written(file, bytes);
  if (problem !== undefined) return fail(`cannot write ${file}: ${problem}`, io);
  io.err(
    `memgap: ${polls} poll${polls === 1 ? '' : 's'} in ${printable(file)}, ${formatBytes(bytes.length)}: memgap explain shows it, zcat all that is in it\n`,
  );
  if (args.flag('json')) return showLooks(looks, args, io);
  return toldSomething(looks) ? exitCode.ok : exitCode.failed;
}

/** What is wrong with the file, if something is. Nobody else may read it. */
function written(file: string, bytes: Buffer): string | undefined {
  try {
    writeFileSync(file, bytes, { mode: 0o600 });
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

function planOf(args: Arguments): RecordPlan | Problem {
  const file = args.text('output');
  const polls = /^\d{1,4}$/.test(args.text('polls') ?? '') ? Number(args.text('polls')) : 0;
  const interval = parseDuration(args.text('interval') ?? '');
  if (file === undefined || file === '') return { message: 'record needs a file to write to: -o FILE' };
  if (polls < 1 || polls > budgets.recordedPolls.maxEntries)
    return { message: `--polls: a number from 1 to ${budgets.recordedPolls.maxEntries}` };
  return interval === undefined ? { message: '--interval: a duration, as 2s or 1m' } : { file, polls, interval };
}
