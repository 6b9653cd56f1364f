import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { mapReading } from '../model/reading.ts';
import { readBounded } from './bounded.ts';
import { readMounts } from './mount-trust.ts';
import type { Mounts } from './mountinfo.ts';
import { linkOfFd, openPath } from './open-path.ts';
import { askReader } from './reader.ts';
import { type ResolvedPath, resolvePath } from './resolve-path.ts';

/** The first bytes of a file that memgap was told of, or why there are none: a clause or errno's name, without the file's name. */
export type OwnFile =
  | { readonly ok: true; readonly bytes: Buffer; readonly whole: boolean }
  | { readonly ok: false; readonly problem: string };

/**
 * At most `maxBytes` bytes of a regular file that the configuration or the command line names. A file system that hangs (NFS, a CSI
 * volume's FUSE) holds up nothing: what is not proven local is read by a reader, within 2 s. A FIFO or a device is refused, not opened.
 */
export async function readOwnFile(path: string, maxBytes: number): Promise<OwnFile> {
  try {
    const end = resolveOwn(path);
    if (end.fd === undefined || end.trust !== 'local') return await readThroughReader(path, maxBytes, end);
    return readPlace(end.fd, maxBytes);
  } catch (error) {
    return { ok: false, problem: codeOf(error) };
  }
}

/** The same in the thread that calls, for a reader of its own: it may hang. */
export function readFileHere(path: string, maxBytes: number): OwnFile {
  try {
    return readPlace(openSync(path, openPath), maxBytes);
  } catch (error) {
    return { ok: false, problem: codeOf(error) };
  }
}

/** Changes when a file on a local file system does: its device, inode, size and time. One that can't be looked at has a stamp too. */
export function stampOf(path: string): string {
  try {
    const end = resolveOwn(path);
    if (end.fd === undefined) return 'none';
    const { dev, ino, size, mtimeMs } = statAndClose(end);
    return `${dev}:${ino}:${size}:${mtimeMs}`;
  } catch {
    return 'none'; // the read that follows tells why
  }
}

/** Whether a path of memgap's own can be looked up without asking a file system that may not answer; else the type of that one. */
export function whatIsInTheWay(path: string): string | undefined {
  try {
    const end = resolveOwn(path);
    if (end.fd !== undefined) closeSync(end.fd);
    return end.trust === 'local' ? undefined : shownOf(end);
  } catch {
    return undefined; // whoever opens it learns why
  }
}

let mounts: Mounts | undefined;

/** The mounts of memgap's own namespace, which no target changes: read again when one is met that was not there. */
function resolveOwn(path: string): ResolvedPath {
  const root = openSync('/', openPath | constants.O_DIRECTORY);
  try {
    mounts ??= readMounts('/proc');
    const whole = absolute(path);
    const end = resolvePath(root, whole, mounts);
    if (end.mount !== undefined) return end;
    if (end.fd !== undefined) closeSync(end.fd);
    mounts = readMounts('/proc');
    return resolvePath(root, whole, mounts);
  } finally {
    closeSync(root);
  }
}

async function readThroughReader(path: string, maxBytes: number, end: ResolvedPath): Promise<OwnFile> {
  if (end.fd !== undefined) closeSync(end.fd);
  const shown = shownOf(end);
  const read = await askReader(
    'file',
    { path: absolute(path), maxBytes },
    { key: `own ${end.mount?.id ?? shown}`, shown, isOwn: true },
    (answer) => ({ ok: true, value: answer }),
  );
  const file = mapReading(read, ({ base64, whole }): OwnFile => ({ ok: true, bytes: Buffer.from(base64, 'base64'), whole }));
  return file.ok ? file.value : { ok: false, problem: file.detail };
}

/** Not path.resolve(), which takes `..` by the text: behind a link it leads elsewhere. */
function absolute(path: string): string {
  return path.startsWith('/') ? path : `${process.cwd()}/${path}`;
}

function shownOf({ mount }: ResolvedPath): string {
  return mount === undefined ? 'a mount that memgap does not see' : mount.type;
}

function statAndClose({ fd = -1, trust }: ResolvedPath) {
  try {
    if (trust !== 'local') throw new Error('not local');
    return fstatSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Closes `place`. */
function readPlace(place: number, maxBytes: number): OwnFile {
  let fd: number | undefined;
  try {
    const stat = fstatSync(place);
    if (!stat.isFile()) return { ok: false, problem: stat.isDirectory() ? 'it is a directory' : 'it is not a regular file' };
    fd = openSync(linkOfFd(place), constants.O_RDONLY | constants.O_NONBLOCK);
    return { ok: true, ...readBounded(fd, maxBytes) };
  } finally {
    closeSync(place);
    if (fd !== undefined) closeSync(fd);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
