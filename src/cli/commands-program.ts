import { constants } from 'node:os';
import type { Arguments } from './arguments.ts';
import { checkConfig } from './check-config.ts';
import type { CommandName } from './commands.ts';
import { doctor } from './doctor/doctor.ts';
import { endDespiteHangingReads } from './end-despite-hanging-reads.ts';
import { explain } from './explain/explain.ts';
import { injectCommand } from './inject/inject.ts';
import type { Io } from './io.ts';
import { loadtest } from './loadtest/loadtest.ts';

const commands: Readonly<Record<Exclude<CommandName, 'serve'>, (args: Arguments, io: Io) => Promise<number>>> = {
  'check-config': checkConfig,
  doctor,
  explain,
  inject: injectCommand,
  loadtest,
  record: async (args, io) => (await import('./record.ts')).record(args, io), // what it takes is in no other command's memory
};

/** Every command but serve: a bundle of its own. */
export async function program(args: Arguments, io: Io): Promise<number> {
  if (args.command === 'serve') throw new Error('serve is a program of its own');
  if (args.command !== 'loadtest') endBySignal(); // which has an end of its own
  const code = await commands[args.command](args, io);
  await endDespiteHangingReads(io);
  return code;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Lets signals end memgap also as the first process of a container: there none does for which it has no handler (pid_namespaces(7)), so
 * that Ctrl-C and the end of a container would wait for the deadline of a read. Everywhere else their defaults do.
 */
export function endBySignal(): void {
  if (process.pid !== 1) return;
  for (const signal of signals) process.once(signal, () => process.exit(128 + constants.signals[signal])); // as a shell tells it
}
