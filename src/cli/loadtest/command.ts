import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline } from '../../deadline.ts';
import { formatDuration } from '../../model/units.ts';

/** A load that runs. */
interface RunningLoad {
  /** Aborts when it is over, however it ended. */
  readonly over: AbortSignal;
  /** `undefined` when it did what it should; else how it ended, for a person. */
  readonly end: Promise<string | undefined>;
  /** Ends it with its children; `why` is then how it ended. Does nothing to one that is over. */
  stop(why: string): void;
}

const termMilliseconds = 5000; // from SIGTERM to SIGKILL

/**
 * Runs what the user gave as `--run` by `/bin/sh -c`, in a process group of its own so that its children end with it: when it fails, after
 * `timeout` milliseconds, by `stop`, and when memgap exits. A child may outlive its shell, so the load is over when the group is gone. It
 * finds the number of the load in `MEMGAP_CYCLE`; what it prints goes to standard error, for the report is on standard output. One that
 * can't be ended (it became another user's, or hangs in the kernel) is left behind, and `end` says so.
 */
export function runLoad(command: string, cycle: number, timeout: number): RunningLoad {
  const over = new AbortController();
  const child = spawn('/bin/sh', ['-c', command], {
    detached: true,
    stdio: ['ignore', process.stderr, process.stderr],
    env: { ...process.env, MEMGAP_CYCLE: String(cycle) },
  });
  const { pid } = child;
  let ended: string | undefined;
  let ending: Promise<boolean> | undefined;
  let leave: () => void = () => {};
  const left = new Promise<undefined>((resolve) => {
    leave = () => resolve(undefined);
  });

  function stop(why: string): void {
    if (over.signal.aborted || pid === undefined) return;
    ended ??= why;
    ending ??= endGroup(pid, termMilliseconds);
    void ending.then((isGone) => isGone || leave());
  }

  const onExit = () => pid !== undefined && signalGroup(pid, 'SIGKILL');
  process.once('exit', onExit);
  async function untilExit(deadline: AbortSignal): Promise<string | undefined> {
    deadline.addEventListener('abort', () => stop(`was not done within ${formatDuration(timeout)} (--run-timeout)`));
    const exit: unknown[] | undefined = await Promise.race([once(child, 'exit'), left]);
    if (exit === undefined) {
      // biome-ignore lint/plugin: it was waited for in vain
      child.unref();
      return `${ended}, and could not be ended: its process group ${pid} is left behind`;
    }
    const [code, signal] = exit;
    if (code !== 0) stop(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
    await ending;
    return ended;
  }

  async function untilOver(): Promise<string | undefined> {
    try {
      return await withDeadline(timeout, [], untilExit);
    } catch (error) {
      return `could not be started: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      process.off('exit', onExit);
      over.abort();
    }
  }

  return { over: over.signal, end: untilOver(), stop };
}

const checkMilliseconds = 50; // between two checks whether it is gone
// after SIGKILL: what is still there then is a zombie that nobody reaps (a container without an init), or another user's
const killMilliseconds = 1000;

/** Ends a process group, its leader gone or not: SIGTERM, after so many milliseconds SIGKILL. Whether none of it is left. */
async function endGroup(leader: number, milliseconds: number): Promise<boolean> {
  signalGroup(leader, 'SIGTERM');
  if (await isGoneWithin(leader, milliseconds)) return true;
  signalGroup(leader, 'SIGKILL');
  return isGoneWithin(leader, killMilliseconds);
}

/** False when there is no such group any more. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // it is there, and has become another user's
  }
}

async function isGoneWithin(leader: number, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (signalGroup(leader, 0)) {
    if (performance.now() >= deadline) return false;
    await sleep(checkMilliseconds);
  }
  return true;
}
