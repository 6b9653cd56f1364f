import { exitCode, type Io } from '../io.ts';

/** That somebody wants a load test to end. */
export interface StopRequest {
  /** Aborts when it is asked for: at the first signal, or by `ask`. */
  readonly asked: AbortSignal;
  /** Why it ended, for a person (a clause); `undefined` while nobody asked for it. */
  why(): string | undefined;
  /** Asks for it, if nobody did before. */
  ask(why: string): void;
  /** Gives the signals back to their defaults. */
  close(): void;
}

/** Who asks for it: Ctrl-C; timeout(1), a CI job that was canceled; a terminal that was closed. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// timeout(1) signals its child and then the group that the child is in; npm adds its own Ctrl-C to the terminal's
const echoMilliseconds = 200;

/** The first signal ends the load, and what was recorded is reported; another one ends memgap at once, and with it the load. */
export function onStopSignals(io: Io): StopRequest {
  const stop = new AbortController();
  let reason: string | undefined;
  let first = 0;

  function ask(why: string): void {
    reason ??= why;
    stop.abort();
  }

  function onSignal(signal: NodeJS.Signals): void {
    if (!stop.signal.aborted) {
      first = performance.now();
      io.err(`memgap: ${signal}: the test ends here; another one ends memgap at once\n`);
      ask('it was interrupted');
    } else if (performance.now() - first > echoMilliseconds) {
      process.exit(exitCode.failed);
    }
  }

  for (const signal of signals) process.on(signal, onSignal);
  return {
    asked: stop.signal,
    why: () => reason,
    ask,
    close() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
