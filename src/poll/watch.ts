import type { TargetConfig } from '../model/target.ts';
import { closeEndpoint } from '../sources/http/connections.ts';
import type { KernelPaths } from '../sources/source.ts';
import { wallClock } from '../tape.ts';
import { createKept } from './kept.ts';
import { type Poll, pollTarget } from './poll.ts';
import { createRecorder } from './recorder.ts';
import { createSharedWalks, type Turns } from './shared-walks.ts';

/** A target that is being watched; what was learnt of it is kept from poll to poll. */
export interface Watch {
  /** Never rejects. What is not done when `signal` aborts is `timeout`. */
  poll(signal: AbortSignal): Promise<Poll>;
  close(): Promise<void>;
}

/** What a watch needs of its surroundings. */
export interface WatchContext {
  readonly paths: KernelPaths;
  readonly onBug: (error: unknown, source: string) => void;
  /** `--process.memory-reads`: lets it read the target's memory, where that tells what nothing else does. */
  readonly memoryReads?: boolean;
  /** Its turns at the walks over a process that other targets watch, too; by default nobody does. */
  readonly turns?: Turns;
  /** Off with `--process.no-environ`: GOMEMLIMIT and GOGC are then told by Go sources alone. */
  readonly environ?: boolean;
  /** Unix seconds; the wall clock unless a test hurries it. */
  readonly clock?: () => number;
}

/** Starts to watch a target; nothing is read before the first poll. */
export function createWatch(target: TargetConfig, context: WatchContext): Watch {
  const { paths, onBug, memoryReads = false, environ = true, turns = createSharedWalks()(), clock: now = wallClock } = context;
  const settings = { paths, memoryReads, environ, turns, now };
  const kept = createKept(target, settings);

  async function close(): Promise<void> {
    kept.process.close();
    turns.leave();
    const { pprof, expvar, metrics } = target.go;
    for (const endpoint of [pprof, expvar, metrics]) if (endpoint !== undefined) await closeEndpoint(endpoint);
  }

  return { poll: (signal) => pollTarget({ target, settings, kept, recorder: createRecorder(onBug), signal }), close };
}
