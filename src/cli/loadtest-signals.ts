import { exitCode } from './exit-code.ts';
import type { Io } from './io.ts';

/** That somebody wants a load test to end. */
export interface StopRequest {
  /** Aborts at the first signal. */
  readonly asked: AbortSignal;
  /** Gives the signals back to their defaults. */
  close(): void;
}

/** Who asks for it: Ctrl-C; timeout(1), a CI job that was cancelled; a terminal that was closed. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const echo = 200; // milliseconds: timeout(1) signals its child and then the group that the child is in; npm adds its own Ctrl-C to the terminal's

/** The first signal ends the load, and what was recorded is reported; another one ends memgap at once, and with it the load. */
export function onStopSignals(io: Io): StopRequest {
  const stop = new AbortController();
  let first = 0;

  function onSignal(signal: NodeJS.Signals): void {
    if (!stop.signal.aborted) {
      first = performance.now();
      io.err(`memgap: ${signal}: the test ends here; another one ends memgap at once\n`);
      stop.abort();
    } else if (performance.now() - first > echo) {
      process.exit(exitCode.failed);
    }
  }

  for (const signal of signals) process.on(signal, onSignal);
  return {
    asked: stop.signal,
    close() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
