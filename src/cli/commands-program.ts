import type { Arguments } from './arguments.ts';
import { checkConfig } from './check-config.ts';
import type { CommandName } from './commands.ts';
import { doctor } from './doctor/doctor.ts';
import { endBySignal } from './end-by-signal.ts';
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
