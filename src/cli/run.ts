import { join } from 'node:path';
import { loadBundle } from '../engine/load-bundle.ts';
import { revision, version } from '../version.ts';
import { type Arguments, parseArguments } from './arguments.ts';
import type { CommandName } from './commands.ts';
import { helpText } from './help.ts';
import { exitCode, type Io } from './io.ts';

/** From the words of the command line to the exit code. */
export async function run(argv: readonly string[], io: Io = terminal()): Promise<number> {
  const args = parseArguments(argv);
  if ('message' in args) {
    io.err(`memgap: ${args.message}\nmemgap --help lists commands and flags.\n`);
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

/** What does a command, from its words to its exit code. */
type CommandProgram = (args: Arguments, io: Io) => Promise<number>;

/** The program of a command, loaded when asked for: a bundle beside memgap's own (scripts/build.mjs names it), or its source (tests). */
async function loadProgram(command: CommandName): Promise<CommandProgram> {
  const isServe = command === 'serve';
  if (process.env.MEMGAP_VERSION === undefined) {
    const { program } = await (isServe ? import('./serve-program.ts') : import('./commands-program.ts'));
    return program;
  }
  const name = isServe ? process.env.MEMGAP_SERVE : process.env.MEMGAP_COMMANDS;
  // memgap's own, of this very build
  const { program } = loadBundle(join(__dirname, `${name}.cjs`)) as { readonly program: CommandProgram };
  return program;
}
