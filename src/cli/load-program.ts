import { join } from 'node:path';
import { loadBundle } from '../engine/load-bundle.ts';
import type { Arguments } from './arguments.ts';
import type { CommandName } from './commands.ts';
import type { Io } from './io.ts';

/** What does a command, from its words to its exit code. */
type Program = (args: Arguments, io: Io) => Promise<number>;

/** The program of a command, loaded when it is asked for: a bundle beside memgap's own (scripts/build.mjs has its name), or the source of the same when nothing is bundled (tests). */
export async function loadProgram(command: CommandName): Promise<Program> {
  const isServe = command === 'serve';
  if (process.env.MEMGAP_VERSION === undefined) {
    const { program } = await (isServe ? import('./serve-program.ts') : import('./commands-program.ts'));
    return program;
  }
  const name = isServe ? process.env.MEMGAP_SERVE : process.env.MEMGAP_COMMANDS;
  const { program } = loadBundle(join(__dirname, `${name}.cjs`)) as { readonly program: Program }; // memgap's own, of this very build
  return program;
}
