import { ledgerOf } from '../../books/ledger.ts';
import { budgets } from '../../budgets.ts';
import { type OwnFile, readOwnFile } from '../../files/own-file.ts';
import { missing, type Reading } from '../../model/reading.ts';
import { formatBytes } from '../../model/units.ts';
import { createWatch } from '../../poll/watch.ts';
import { decodeRecording } from '../../record/decode.ts';
import type { Recording } from '../../record/recording.ts';
import { createReplayingTape } from '../../record/replaying-tape.ts';
import { replayedTarget } from '../../record/target.ts';
import { withTape } from '../../tape.ts';
import { printable } from '../../untrusted.ts';
import type { Arguments } from '../arguments.ts';
import type { Io } from '../io.ts';
import { createLooks, type Looks, showLooks } from '../looks.ts';
import { options } from '../options.ts';
import { fail, refuse } from '../refuse.ts';
import { notMeant } from './explain-target.ts';

/** `memgap explain FILE`: what the polls of a record came to when they are made again out of it, without the process. */
export async function explainRecord(file: string, args: Arguments, io: Io): Promise<number> {
  const read = await readOwnFile(file, budgets.recordFile.maxBytes);
  if (!read.ok && read.problem === 'ENOENT') return refuse(notMeant(file).problems, 'explain', io);
  const flag = options.find(({ name }) => name !== 'json' && args.given(name));
  if (flag !== undefined)
    return refuse([{ message: `--${flag.name} says how a target is read, and a record has been read: leave it out` }], 'explain', io);
  const recording = opened(read);
  if (!recording.ok) return fail(`cannot read ${printable(file)}: ${printable(recording.detail)}`, io);
  let bug: unknown;
  const looks = await replay(recording.value, (error) => {
    bug ??= error;
  }).catch((error: unknown) => {
    bug ??= error;
    return undefined;
  });
  if (looks === undefined || bug !== undefined) {
    const why = bug instanceof Error ? bug.message : String(bug);
    return fail(
      `cannot read ${printable(file)}: it is damaged, or made by another memgap than ${printable(recording.value.memgap)} (${printable(why)})`,
      io,
    );
  }
  return showLooks(looks, args, io);
}

function opened(read: OwnFile): Reading<Recording> {
  if (!read.ok) return missing('gone', read.problem);
  if (!read.whole) return missing('too-large', `it is longer than ${formatBytes(budgets.recordFile.maxBytes)}`);
  return decodeRecording(read.bytes);
}

/** The polls of a recording once more. `onBug` hears of what no poll should throw. */
export async function replay(recording: Recording, onBug: (error: unknown) => void): Promise<Looks> {
  const { procfs, memoryReads, environ, polls, target } = recording;
  const tape = createReplayingTape(recording);
  return withTape(tape, async () => {
    const looks = createLooks();
    const watch = createWatch(replayedTarget(target), { paths: { procfs, cgroupfs: '/sys/fs/cgroup' }, memoryReads, environ, onBug });
    for (const index of polls.keys()) {
      const controller = new AbortController();
      tape.beginPoll(index, () => controller.abort());
      const { snapshot, mapped } = await watch.poll(controller.signal);
      looks.add(ledgerOf(snapshot, mapped));
    }
    await watch.close();
    return looks;
  });
}
