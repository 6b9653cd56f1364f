import { formatProblem } from '../config/problem.ts';
import type { Problem } from '../model/problem.ts';
import { printable } from '../untrusted.ts';
import type { CommandName } from './commands.ts';
import { exitCode, type Io } from './io.ts';

/** Says what is wrong before anything was tried, a line each. The exit status: of a config file, `failed`; of the command line, `usage`. */
export function refuse(problems: readonly Problem[], command: CommandName, io: Io): number {
  for (const problem of problems) io.err(`memgap: ${printable(formatProblem(problem), 4096)}\n`);
  if (problems.some(({ file }) => file !== undefined)) return exitCode.failed;
  io.err(command === 'serve' ? 'memgap --help lists commands and flags.\n' : `memgap ${command} --help lists its flags.\n`);
  return exitCode.usage;
}

/** Says why what was tried failed, and is the exit status of that. */
export function fail(why: string, io: Io): number {
  io.err(`memgap: ${printable(why, 4096)}\n`);
  return exitCode.failed;
}
