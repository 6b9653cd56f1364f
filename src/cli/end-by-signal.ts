import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Lets signals end memgap also as the first process of a container: there none does for which it has no handler (pid_namespaces(7)), so that Ctrl-C and
 * the end of a container would wait for the deadline of a read. Everywhere else their defaults do.
 */
export function endBySignal(): void {
  if (process.pid !== 1) return;
  for (const signal of signals) process.once(signal, () => process.exit(128 + constants.signals[signal])); // as a shell tells it
}
