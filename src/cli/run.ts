import { revision, version } from '../version.ts';
import { parseArguments } from './arguments.ts';
import { exitCode } from './exit-code.ts';
import { helpText } from './help.ts';
import type { Io } from './io.ts';
import { loadProgram } from './load-program.ts';

/** From the words of the command line to the exit code. */
export async function run(argv: readonly string[], io: Io = terminal()): Promise<number> {
  const args = parseArguments(argv);
  if ('problem' in args) {
    io.err(`memgap: ${args.problem}\nmemgap --help lists commands and flags.\n`);
    return exitCode.usage;
  }
  if (args.flag('help')) {
    io.out(helpText(args.command));
    return exitCode.ok;
  }
  if (args.flag('version')) {
    io.out(`memgap ${version} (${revision}), node ${process.version}\n`);
    return exitCode.ok;
  }
  const program = await loadProgram(args.command);
  return program(args, io);
}

function terminal(): Io {
  process.stdout.on('error', () => process.exit(exitCode.ok)); // EPIPE: the reader (head, less) has gone, which is no failure
  process.stderr.on('error', () => undefined); // EIO: the terminal was closed, and a load test still has a report to write to --out
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    color: process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb',
  };
}
