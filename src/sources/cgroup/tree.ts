import { closeSync, constants, fstatSync, opendirSync, openSync, readFileSync, statfsSync } from 'node:fs';
import { found, missing, type Reading } from '../../reading.ts';
import { printable } from '../../untrusted.ts';
import { codeOf, failedRead, fileCap, readBounded } from '../process/file.ts';

/** statfs(2): CGROUP_SUPER_MAGIC and CGROUP2_SUPER_MAGIC. */
export const cgroupTypes: readonly number[] = [0x27e0eb, 0x63677270];

/** O_PATH of open(2), which node does not name: the same number on every port that Go and node share. Opens a place, not its content. */
const openPath = 0o10000000;

/** Where a group is, in parts: nothing is kept open between two reads, so that a dead container's files are not held. */
export interface TreePath {
  /** A directory to trust: /proc/PID/root, or `/`. What is below it is the target's, and hostile. */
  readonly base: string;
  readonly mountPoint: readonly string[];
  readonly group: readonly string[];
  /** The mount that must be found there; unknown where no mountinfo told of it. */
  readonly mountId: number | undefined;
  /** File systems that are taken for a cgroup's: `cgroupTypes`, unless a test has a tree of its own. */
  readonly fsTypes: readonly number[];
}

/** A group while it is open. */
export interface OpenGroup {
  /** The path below the mount, printable. */
  readonly path: string;
  /** Whether the mount that was reached is the one of `mountId`. */
  readonly sure: boolean;
  /** The text of one of its files, or of a child's by a relative name. */
  read(name: string): Reading<string>;
  /** The names of its child groups, or of a child's; at most `most`. */
  children(name: string, most: number): Reading<readonly string[]>;
}

/**
 * Opens the group and every group above it inside the mount, own first, hands them to `use`, and closes them.
 * Walks part by part with O_NOFOLLOW: an absolute link below /proc/PID/root would lead into memgap's OWN root and show memgap's own
 * group. The mount id tells for certain that the wanted mount was reached, and is compared before any call that a hostile
 * file system (FUSE) could answer.
 */
export function withGroups<T>(tree: TreePath, use: (groups: readonly [OpenGroup, ...OpenGroup[]]) => Reading<T>): Reading<T> {
  const open: number[] = [];
  const where = printable(`/${[...tree.mountPoint, ...tree.group].join('/')} below ${tree.base}`);
  try {
    let fd = openSync(tree.base, openPath | constants.O_DIRECTORY);
    open.push(fd);
    for (const part of tree.mountPoint) {
      fd = openBelow(fd, part);
      open.push(fd);
    }
    const mount = mountIdOf(fd);
    if (tree.mountId !== undefined && mount !== undefined && mount !== tree.mountId) {
      return missing('mismatch', `another mount lies over the cgroup mount at ${where}`);
    }
    if (!tree.fsTypes.includes(statfsSync(self(fd)).type)) return missing('mismatch', `no cgroup file system is mounted at ${where}`);
    const sure = mount !== undefined && mount === tree.mountId;
    let nearest = openGroup(fd, '/', sure, mount);
    const above: OpenGroup[] = [];
    for (const [index, part] of tree.group.entries()) {
      fd = openBelow(fd, part);
      open.push(fd);
      if (mountIdOf(fd) !== mount) return missing('mismatch', `another mount lies over a group at ${where}`);
      above.unshift(nearest);
      nearest = openGroup(fd, printable(`/${tree.group.slice(0, index + 1).join('/')}`), sure, mount);
    }
    return use([nearest, ...above]);
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR')
      return missing('malformed', `${where}: a part of it is no directory (memgap follows no symbolic link there)`);
    return failedRead(error, where);
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

function openGroup(fd: number, path: string, sure: boolean, mount: number | undefined): OpenGroup {
  return {
    path,
    sure,
    read(name) {
      return readBelow(fd, name, mount, path);
    },
    children(name, most) {
      return listBelow(fd, name, most, path);
    },
  };
}

/** Reads one file: first a look at what it is (opening a device can have effects, opening a FIFO can block), then its content. */
function readBelow(directory: number, name: string, mount: number | undefined, group: string): Reading<string> {
  const what = printable(`${name} of the group ${group}`);
  const open: number[] = [];
  try {
    const place = openSync(`${self(directory)}/${name}`, openPath | constants.O_NOFOLLOW);
    open.push(place);
    if (mountIdOf(place) !== mount) return missing('mismatch', `another mount lies over ${what}`);
    if (!fstatSync(place).isFile()) return missing('malformed', `${what} is not a regular file`);
    const fd = openSync(self(place), constants.O_RDONLY | constants.O_NONBLOCK);
    open.push(fd);
    const { bytes, whole } = readBounded(fd, fileCap);
    return whole ? found(bytes.toString()) : missing('too-large', `${what} is longer than ${fileCap} bytes`);
  } catch (error) {
    return failedRead(error, what);
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

function listBelow(directory: number, name: string, most: number, group: string): Reading<readonly string[]> {
  const what = printable(`${name === '' ? 'the child groups' : name} of the group ${group}`);
  const names: string[] = [];
  try {
    const entries = opendirSync(name === '' ? self(directory) : `${self(directory)}/${name}`);
    try {
      for (let entry = entries.readSync(); entry !== null && names.length < most; entry = entries.readSync()) {
        if (entry.isDirectory()) names.push(entry.name);
      }
    } finally {
      entries.closeSync();
    }
    return found(names);
  } catch (error) {
    return failedRead(error, what);
  }
}

function openBelow(directory: number, part: string): number {
  return openSync(`${self(directory)}/${part}`, openPath | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

/** node has no openat(2); the magic link of an open directory does the same. */
function self(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** proc_pid_fdinfo(5), Linux 3.15: the id of the mount that an open file is in; the kernel's word, not the file system's. */
function mountIdOf(fd: number): number | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
  } catch {
    return undefined; // not even its own, when memgap has its rights from file capabilities: then it is not dumpable
  }
  const [, id] = /^mnt_id:\s*(\d+)$/m.exec(text) ?? [];
  return id === undefined ? undefined : Number(id);
}
