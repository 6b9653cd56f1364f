import { resolve } from 'node:path';
import { configFromFlags } from '../config/flags.ts';
import { type LoadResult, loadConfig } from '../config/load.ts';
import type { KernelPaths } from '../model/source.ts';
import type { Arguments } from './arguments.ts';
import { options } from './options.ts';

/** The configuration that a command line means: a file, or one target from flags; both at once are a mistake. */
export async function configure(args: Arguments): Promise<LoadResult> {
  const file = args.text('config.file');
  const targetFlags = options.filter(({ group, name }) => group === 'target' && args.given(name)).map(({ name }) => name);
  if (file === undefined && targetFlags.length === 0) {
    return refused('nothing to read: give --config.file FILE, or --target.pid, --target.pprof or another --target.*');
  }
  if (file === undefined) return configFromFlags(flagsOf(args));
  if (targetFlags.length === 0) return loadConfig(file);
  return refused(`--config.file and --${targetFlags[0]} exclude each other: say it in the file, or leave the file out`);
}

function refused(message: string): LoadResult {
  return { ok: false, problems: [{ message }] };
}

/** Where the kernel's file systems are, as absolute paths. */
export function kernelPaths(args: Arguments): KernelPaths {
  return { procfs: resolve(args.text('path.procfs') ?? '/proc'), cgroupfs: resolve(args.text('path.cgroupfs') ?? '/sys/fs/cgroup') };
}

/** Those that were given: the configuration has the defaults of its own, and a timeout that nobody gave shrinks with the interval. */
export function flagsOf(args: Arguments): Readonly<Record<string, string | undefined>> {
  const names = options.filter(({ type, name }) => type === 'string' && args.given(name)).map(({ name }) => name);
  const given = Object.fromEntries(names.map((name) => [name, args.text(name)]));
  // after one look no next one begins: its timeout may be any
  return args.command === 'serve' ? given : { ...given, 'poll.interval': '1d' };
}
