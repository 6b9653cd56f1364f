import { hangingReads } from '../sources/process/locked-file.ts';
import { revision, version } from '../version.ts';
import { type Arguments, parseArguments } from './arguments.ts';
import { checkConfig } from './check-config.ts';
import { doctor } from './doctor.ts';
import { endBySignal } from './end-by-signal.ts';
import { exitCode } from './exit-code.ts';
import { explain } from './explain.ts';
import { helpText } from './help.ts';
import { injectCommand } from './inject.ts';
import type { Io } from './io.ts';
import { loadtest } from './loadtest.ts';
import { serve } from './serve.ts';

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
  if (args.command !== 'serve' && args.command !== 'loadtest') endBySignal(); // those have an end of their own
  const code = await command(args, io);
  await endDespiteHangingReads(io);
  return code;
}

function command(args: Arguments, io: Io): Promise<number> {
  switch (args.command) {
    case 'check-config':
      return checkConfig(args, io);
    case 'doctor':
      return doctor(args, io);
    case 'explain':
      return explain(args, io);
    case 'inject':
      return injectCommand(args, io);
    case 'loadtest':
      return loadtest(args, io);
    case 'serve':
      return serve(args, io);
  }
}

/** A thread that waits for a target's mmap lock would keep node from its end for as long as the target likes; SIGKILL ends that wait, and nothing else does. */
async function endDespiteHangingReads({ err }: Io): Promise<void> {
  if (hangingReads() === 0) return;
  err('memgap: it ends by SIGKILL, for a read of /proc still waits for the mmap lock of a process\n');
  for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve));
  process.kill(process.pid, 'SIGKILL');
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
