import { spawn } from 'node:child_process';
import { formatDuration } from '../units.ts';

/** A load that runs. */
export interface RunningLoad {
  /** Aborts when it is over, however it ended. */
  readonly over: AbortSignal;
  /** `undefined` when it did what it should; else how it ended, for a person. */
  readonly end: Promise<string | undefined>;
}

const patience = 5000; // milliseconds from SIGTERM to SIGKILL

/**
 * Runs what the user gave as `--run` by `/bin/sh -c`, in a process group of its own so that its children end with it: after `timeout` milliseconds,
 * or when `stop` aborts. It finds the number of the load in `MEMGAP_CYCLE`; what it prints goes to standard error, for the report is on standard output.
 */
export function runLoad(command: string, cycle: number, timeout: number, stop: AbortSignal): RunningLoad {
  const over = new AbortController();
  const child = spawn('/bin/sh', ['-c', command], {
    detached: true,
    stdio: ['ignore', process.stderr, process.stderr],
    env: { ...process.env, MEMGAP_CYCLE: String(cycle) },
  });
  let ended: string | undefined;
  let last: NodeJS.Timeout | undefined;

  function kill(why: string): void {
    ended ??= why;
    signal('SIGTERM');
    last = setTimeout(() => signal('SIGKILL'), patience);
  }

  function signal(name: NodeJS.Signals): void {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // its group is gone
    }
  }

  const deadline = setTimeout(() => kill(`was not done within ${formatDuration(timeout)} (--run-timeout)`), timeout);
  const interrupt = () => kill('was interrupted');
  stop.addEventListener('abort', interrupt, { once: true });
  if (stop.aborted) interrupt();

  const end = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signalName) => resolve(ended ?? (code === 0 ? undefined : endOf(code, signalName))));
  }).finally(() => {
    clearTimeout(deadline);
    clearTimeout(last);
    stop.removeEventListener('abort', interrupt);
    over.abort();
  });
  return { over: over.signal, end };
}

function endOf(code: number | null, signalName: NodeJS.Signals | null): string {
  return signalName === null ? `ended with exit code ${code}` : `was ended by ${signalName}`;
}
