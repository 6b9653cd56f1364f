import type { TargetConfig } from '../model/target.ts';
import { closeEndpoint } from '../net/connections.ts';
import { wallClock } from '../tape.ts';
import { createProgram, type Kept, type PollSettings } from './kept.ts';
import { type Poll, pollTarget } from './poll.ts';
import { createPortOwners } from './port-owners.ts';
import { createProcessReader } from './process-reader.ts';
import { createRecorder } from './recorder.ts';
import { createSharedWalks } from './shared-walks.ts';

/** A target that is being watched; what was learned of it is kept from poll to poll. */
export interface Watch {
  /** Never rejects. What is not done when `signal` aborts is `timeout`. */
  poll(signal: AbortSignal): Promise<Poll>;
  close(): Promise<void>;
}

/** What a watch needs of its surroundings; by default nobody else watches the process, and the clock is the wall clock. */
export interface WatchContext extends Partial<Omit<PollSettings, 'paths' | 'now'>>, Pick<PollSettings, 'paths'> {
  readonly onBug: (error: unknown, source: string) => void;
  readonly clock?: () => number;
}

/** Starts to watch a target; nothing is read before the first poll. */
export function createWatch(target: TargetConfig, { paths, onBug, ...context }: WatchContext): Watch {
  const { memoryReads = false, environ = true, turns = createSharedWalks()(), clock: now = wallClock } = context;
  const settings = { paths, memoryReads, environ, turns, now };
  const [process, portOwners] = [createProcessReader(target.process, paths), createPortOwners(paths)];
  const kept: Kept = { process, portOwners, program: createProgram(target, settings, undefined) };

  async function close(): Promise<void> {
    kept.process.close();
    turns.leave();
    const { pprof, expvar, metrics } = target.go;
    for (const endpoint of [pprof, expvar, metrics]) if (endpoint !== undefined) await closeEndpoint(endpoint);
  }

  return { poll: (signal) => pollTarget({ target, settings, kept, recorder: createRecorder(onBug), signal }), close };
}
