import type { Reading } from '../model/reading.ts';
import type { TargetConfig } from '../model/target.ts';
import { printable } from '../untrusted.ts';
import type { Arguments } from './arguments.ts';
import { withPorts } from './doctor/probe-ports.ts';
import { discoveredTargets } from './explain/discovered.ts';
import { chooseTarget } from './explain/explain-target.ts';
import { exitCode, type Io } from './io.ts';
import { refuse } from './refuse.ts';

/**
 * The one target that a command line means, and how many milliseconds a poll of it may take; else the exit status, when it was said why.
 */
export async function askedTarget(args: Arguments, io: Io): Promise<{ readonly target: TargetConfig; readonly timeout: number } | number> {
  const discovered = await discoveredTargets(args);
  if (!discovered.ok) {
    io.err(`nothing can be discovered: ${printable(discovered.detail)}\n`);
    return exitCode.failed;
  }
  const choice = await chooseTarget(args, discovered.value);
  if (!choice.ok) return 'problems' in choice ? refuse(choice.problems, args.command, io) : notFound(choice.search, args, io);
  if (choice.note !== undefined) io.err(`memgap: ${choice.note}\n`);
  const { pollTimeout: timeout } = choice.config;
  return { target: args.flag('target.probe-ports') ? await withPorts(choice.target, timeout, args) : choice.target, timeout };
}

function notFound(search: Reading<never>, { command }: Arguments, io: Io): number {
  if (!search.ok) io.err(`${printable(search.detail, 4096)}\nmemgap ${command} PID, URL or --target.*; memgap doctor says more.\n`);
  return exitCode.failed;
}
