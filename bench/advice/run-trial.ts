import { cpus } from 'node:os';
import { withDeadline } from '../../src/deadline.ts';
import { collectionsOf } from './collections.ts';
import type { Prepared } from './prepare.ts';
import { withProbe } from './probe-beside.ts';
import { type Started, start } from './start.ts';
import type { Size } from './subject.ts';
import type { Trial } from './trial.ts';
import { watchGroup } from './watch-group.ts';

/** How long a start and a load may take, in seconds, and how much may be read: what takes more has missed its bounds anyway. */
export interface Patience {
  readonly ready: number;
  readonly load: number;
  readonly readBytes: number;
}

/** What came of the start and of the load. */
type Course = Pick<Trial, 'failed' | 'ready' | 'loadSeconds' | 'gcSeconds' | 'collections'>;

/** One start and one load, with that size. */
export async function runTrial(prepared: Prepared, size: Size, patience: Patience): Promise<Trial> {
  const started = await start(prepared, size);
  const watched = watchGroup(started, patience.readBytes);
  try {
    const course = await withProbe(prepared, started, () => runCourse(prepared, started, patience, watched.stop));
    const seen = watched.end();
    const failed = course.failed === undefined ? undefined : (seen.why ?? course.failed);
    return { ...size, ...course, ...seen.use, ...(failed !== undefined && { failed }) };
  } finally {
    watched.end();
    await started.stop();
  }
}

async function runCourse({ subject }: Prepared, started: Started, patience: Patience, stop: AbortSignal): Promise<Course> {
  const { child, place, at, launch } = started;
  try {
    await withDeadline(patience.ready * 1000, [stop], (signal) => started.ready(signal));
  } catch (error) {
    return { failed: `not ready: ${child.ended() ?? messageOf(error)}` };
  }
  const ready = Date.now() / 1000 - at;
  const begin = performance.now();
  try {
    await withDeadline(patience.load * 1000, [stop], (signal) => subject.load(place, signal));
  } catch (error) {
    return { ready, failed: `load not done: ${child.ended() ?? messageOf(error)}` };
  }
  const loadSeconds = (performance.now() - begin) / 1000;
  try {
    const { seconds, count } = await withDeadline(10_000, [stop], (signal) =>
      Promise.race([collectionsOf(launch.pprof, at, cpus().length), failOn(signal)]),
    );
    return { ready, loadSeconds, gcSeconds: seconds, collections: count };
  } catch (error) {
    return { ready, loadSeconds, failed: `no answer after the load: ${child.ended() ?? messageOf(error)}` };
  }
}

function failOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('not in time')), { once: true }));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
