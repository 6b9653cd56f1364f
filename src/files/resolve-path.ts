import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { budgets } from '../budgets.ts';
import type { Mount, Mounts, MountTrust } from './mountinfo.ts';
import { linkOfFd, openPath, placeOf } from './open-path.ts';

/** Where a walk ended. */
export interface ResolvedPath {
  /** The place itself, open with O_PATH, to be closed; `undefined` where the path goes on beyond a mount not proven local. */
  readonly fd: number | undefined;
  readonly mount: Mount | undefined;
  readonly trust: MountTrust;
}

/**
 * Goes from an open directory to `path`, part by part, each with O_PATH and O_NOFOLLOW; before the next part is looked up, the mount of
 * where it is must be proven local, for a look-up is a question to that file system. Symbolic links are followed by their text, from `root`
 * where it is absolute; those of procfs by the kernel, which goes there without a look-up. The place itself may lie on any mount: to open
 * it with O_PATH asks nothing. Throws what open(2) throws.
 */
export function resolvePath(root: number, path: string, mounts: Mounts, pid?: number): ResolvedPath {
  const open: number[] = [];
  let eyes = pid;
  let parts = partsOf(path);
  let chain = [root];
  try {
    for (let step = 0; step < budgets.pathSteps.maxEntries; step += 1) {
      const here = chain.at(-1) ?? root;
      const { mountId } = placeOf(here);
      const mount = mounts.of(mountId, eyes);
      const trust = mounts.trustOf(mount);
      const [part, ...rest] = parts;
      if (part === undefined) return { fd: openSync(linkOfFd(here), openPath), mount, trust };
      if (trust !== 'local') return { fd: undefined, mount, trust };
      parts = rest;
      if (part === '..') {
        if (chain.length === 1 && here !== root) {
          const above = openSync(`${linkOfFd(here)}/..`, openPath | constants.O_NOFOLLOW); // of where a link of procfs led
          open.push(above);
          chain = [above];
        } else chain = chain.slice(0, Math.max(1, chain.length - 1));
        continue;
      }
      const at = `${linkOfFd(here)}/${part}`;
      const next = openSync(at, openPath | constants.O_NOFOLLOW);
      open.push(next);
      const link = placeOf(next).mountId === mountId ? linkText(at) : undefined; // no mount begins with a link
      if (link === undefined) {
        if (mount?.type === 'proc' && /^\d+$/.test(part)) eyes = Number(part); // whose root may come next
        chain = [...chain, next];
      } else if (mount?.type === 'proc') {
        const led = openSync(at, openPath);
        open.push(led);
        chain = [led];
      } else {
        if (link.startsWith('/')) chain = [root];
        parts = [...partsOf(link), ...rest];
      }
    }
    throw Object.assign(new Error('too many parts or links on its path'), { code: 'ELOOP' });
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

/** The text of a symbolic link; `undefined` for what is none. */
function linkText(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
