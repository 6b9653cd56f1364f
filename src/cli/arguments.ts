import { parseArgs } from 'node:util';
import { redactAddress } from '../config/endpoint-address.ts';
import type { Problem } from '../model/problem.ts';
import { printable } from '../untrusted.ts';
import { type CommandName, commands } from './commands.ts';
import { options } from './options.ts';

/** A command line that could be understood. */
export interface Arguments {
  readonly command: CommandName;
  readonly positionals: readonly string[];
  /** A flag's text; its default, else `undefined`, where it was not given. */
  text(name: string): string | undefined;
  /** All texts of a flag that may be given several times. */
  texts(name: string): readonly string[];
  /** Whether a flag without value was given. */
  flag(name: string): boolean;
  /** Whether it stands on the command line, default or not. */
  given(name: string): boolean;
}

/** The command line, or one sentence that says what is wrong with it. */
export function parseArguments(argv: readonly string[]): Arguments | Problem {
  if (argv[0] === 'help') return parseArguments([...argv.slice(1), '--help']);
  const named = argv.find((word) => !word.startsWith('-'));
  const first = argv[0] ?? '';
  const command = isCommand(first) ? first : 'serve';
  if (!isCommand(first) && named === first && first !== '') {
    return { message: `no command "${printable(redactAddress(first))}": there are ${Object.keys(commands).join(', ')}` };
  }
  const rest = isCommand(first) ? argv.slice(1) : argv;
  const known = options.filter((option) => option.commands.includes(command));
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      allowPositionals: true,
      strict: true,
      options: Object.fromEntries(
        known.map(({ name, type, multiple, short }) => [name, { type, ...(multiple && { multiple }), ...(short && { short }) }] as const),
      ),
    });
    return { command, positionals, ...access(values) };
  } catch (error) {
    return { message: problemOf(error, command) };
  }
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(commands, word);
}

function access(values: Readonly<Record<string, unknown>>): Omit<Arguments, 'command' | 'positionals'> {
  function texts(name: string): readonly string[] {
    const given = [values[name] ?? []].flat().filter((value) => typeof value === 'string');
    const fallback = options.find((option) => option.name === name)?.default;
    return given.length > 0 || fallback === undefined ? given : [fallback];
  }
  return { texts, text: (name) => texts(name).at(-1), flag: (name) => values[name] === true, given: (name) => values[name] !== undefined };
}

/** node's own message, whose first sentence names the flag; flags of another command are told as such. */
function problemOf(error: unknown, command: CommandName): string {
  const message = error instanceof Error ? (error.message.split(/\. |\n/)[0] ?? '') : String(error);
  const flag = /'--?([\w.-]+)/.exec(message)?.[1];
  const elsewhere = options.find(({ name }) => name === flag)?.commands;
  if (elsewhere !== undefined && !elsewhere.includes(command))
    return `--${flag} is a flag of ${elsewhere.join(' and ')}, not of ${command}`;
  return printable(message);
}
