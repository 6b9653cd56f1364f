import { withDeadline } from '../../deadline.ts';
import { formatDuration } from '../../model/units.ts';
import { printable } from '../../untrusted.ts';
import type { Io } from '../io.ts';
import { runLoad } from './command.ts';
import { createMarks } from './marks.ts';
import type { PhaseRecorder } from './recorder.ts';
import type { StopRequest } from './signals.ts';

/** How often the load is repeated, and the end of every wait, in milliseconds. */
export interface Cycles {
  readonly cycles: number;
  /** Of rest before the floors are taken. */
  readonly settle: number;
  /** For one load, by a command. */
  readonly runTimeout: number;
  /** For the next mark. */
  readonly markTimeout: number;
}

/** Runs the load as a command, again and again; what was amiss, for a person (a clause), when it was not with the target. */
export async function byCommand(
  { cycles, settle, runTimeout }: Cycles,
  command: string,
  recorder: PhaseRecorder,
  stop: StopRequest,
  io: Io,
): Promise<string | undefined> {
  const resting = `${settle === 0 ? '' : `${formatDuration(settle)} of rest, then `}its floor`;
  const rest = (name: 'idle' | 'after', cycle: number) =>
    withDeadline(settle, [stop.asked], (over) => recorder.record(name, cycle, over, true));
  io.err(`idle: ${resting}\n`);
  await rest('idle', 0);
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    if (stop.asked.aborted) return stop.why();
    if (recorder.problem() !== undefined) return undefined;
    io.err(`load ${cycle} of ${cycles}: ${printable(command)}\n`);
    const load = runLoad(command, cycle, runTimeout);
    const interrupt = () => load.stop('was interrupted');
    stop.asked.addEventListener('abort', interrupt, { once: true });
    await recorder.record('load', cycle, load.over, false);
    if (recorder.problem() !== undefined) load.stop('was ended with it');
    const amiss = await load.end;
    stop.asked.removeEventListener('abort', interrupt);
    if (amiss !== undefined) return `load ${cycle} ${amiss}`;
    if (recorder.problem() !== undefined) return undefined;
    io.err(`after ${cycle} of ${cycles}: ${resting}\n`);
    await rest('after', cycle);
  }
  return stop.why();
}

/** Somebody else runs the load and says by marks on standard input when a phase begins. */
export async function byMarks(
  { cycles, markTimeout }: Cycles,
  recorder: PhaseRecorder,
  stop: StopRequest,
  io: Io,
): Promise<string | undefined> {
  const marks = createMarks(process.stdin, io.err);
  const isOver = () => stop.asked.aborted || recorder.problem() !== undefined;
  /** Until the mark for the `next` phase; whether there is one. */
  async function phase(name: 'idle' | 'load' | 'after', cycle: number, next: 'load' | 'after'): Promise<boolean> {
    const mark = marks.wait(next);
    const late = `no mark came within ${formatDuration(markTimeout)} (--mark-timeout)`;
    await withDeadline(markTimeout, [mark.over, stop.asked], async (over) => {
      over.addEventListener('abort', () => mark.over.aborted || stop.ask(late));
      await recorder.record(name, cycle, over, name !== 'load');
    });
    return !mark.isEnd() && !isOver();
  }
  try {
    io.err('idle: Enter when the target is at rest, before the first load; then its floor is taken\n');
    let goesOn = await phase('idle', 0, 'load');
    for (let cycle = 1; cycle <= cycles && goesOn; cycle += 1) {
      io.err(`load ${cycle} of ${cycles}: start it now; Enter when it has ended\n`);
      if (!(await phase('load', cycle, 'after'))) break;
      io.err(`after ${cycle} of ${cycles}: Enter when the target has settled; then its floor is taken\n`);
      goesOn = await phase('after', cycle, 'load');
    }
    return stop.why();
  } finally {
    marks.close();
  }
}
