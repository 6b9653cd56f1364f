import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answer, type Child, freePort, startChild } from '../scripts/child.ts';
import { type NodeBinary, root, shipped, type Variant } from './variants.ts';

/** A copy of what ships, so that a build in the meantime changes nothing; `remove` it at the end. */
export interface Installation {
  readonly folder: string;
  remove(): void;
}

/** Copies launcher and bundles. Throws when they are not built. */
export function install(checkout: string = root): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-bench-'));
  for (const part of ['bin', 'dist']) cpSync(join(checkout, part), join(folder, part), { recursive: true });
  // engine/collect-garbage.ts gets gc() this way; a file for --require, because --import loads node's ESM loader, which costs memory
  writeFileSync(join(folder, 'no-gc.cjs'), "require('node:vm').runInNewContext = () => undefined;\n");
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A target of the configuration, in its words. */
export interface BenchTarget {
  readonly name: string;
  readonly go?: Readonly<Record<string, string>>;
  readonly process?: { readonly pid: number };
}

/** How to run memgap for a measurement. */
export interface MemgapOptions {
  readonly installation: Installation;
  readonly node: NodeBinary;
  readonly variant: Variant;
  readonly interval: string;
  readonly targets: readonly BenchTarget[];
  /** In the words of the configuration. */
  readonly discovery?: object;
}

/** A command line, and what it needs of the environment. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** How a variant is run: what ships by its launcher, the others by the command line that the launcher would have made. */
export function commandOf({ folder }: Installation, node: NodeBinary, variant: Variant): Command {
  if (variant === shipped) return { command: join(folder, 'bin/memgap'), args: [], environment: { MEMGAP_NODE: node.command } };
  const hook = variant.collects ? [] : ['--require', join(folder, 'no-gc.cjs')];
  return { command: node.command, args: [...variant.flags, ...hook, join(folder, 'dist/memgap.cjs')], environment: variant.environment };
}

/** A memgap that serves. */
export interface Memgap extends Child {
  readonly url: string;
  /** Its configuration. */
  readonly file: string;
}

/** Starts `memgap serve`; resolves when it is healthy. Its pid is node's: launcher and setpriv(1) exec. */
export async function startMemgap({ installation, node, variant, interval, targets, discovery }: MemgapOptions): Promise<Memgap> {
  const { command, args, environment } = commandOf(installation, node, variant);
  const port = await freePort();
  const file = join(installation.folder, `memgap-${port}.yml`);
  writeFileSync(file, JSON.stringify({ poll_interval: interval, ...(targets.length > 0 && { targets }), discovery })); // JSON is YAML
  const flags = ['serve', '--config.file', file, '--web.listen-address', `127.0.0.1:${port}`, '--log.level', 'error'];
  const child = await startChild('memgap', command, [...args, ...flags], environment);
  const url = `http://127.0.0.1:${port}`;
  await answer(child, `${url}/-/healthy`);
  return { ...child, url, file };
}
