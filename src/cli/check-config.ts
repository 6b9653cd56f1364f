import { describeConfig } from '../config/describe.ts';
import { loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { printable } from '../untrusted.ts';
import type { Arguments } from './arguments.ts';
import { exitCode, type Io } from './io.ts';

/** `memgap check-config FILE`: one line for each problem, or a line for each target. */
export async function checkConfig({ positionals }: Arguments, io: Io): Promise<number> {
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    io.err('memgap check-config takes exactly one file: memgap check-config memgap.yml\n');
    return exitCode.usage;
  }
  const result = await loadConfig(file);
  if (result.ok) {
    io.out(`${describeConfig(result.config).join('\n')}\n`);
    return exitCode.ok;
  }
  for (const problem of result.problems) io.err(`${printable(formatProblem(problem), 4096)}\n`);
  return exitCode.failed;
}
