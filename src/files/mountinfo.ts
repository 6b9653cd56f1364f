import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../budgets.ts';
import { readBounded } from './bounded.ts';

/** One line of a mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  /** Of the whole machine, and another mount's once this one is gone. */
  readonly id: number;
  /** `major:minor` of the superblock, decimal: the same for every mount of it, in whatever namespace. */
  readonly device: string;
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  /** The superblock's, behind commas, with the kernel's escapes. */
  readonly options: string;
}

/** Mounts by their id. */
export type MountTable = ReadonlyMap<number, Mount>;

/**
 * What a mount means for a read of a file on it: `local`, it ends when the machine's own disks and memory answer; `remote`, it ends when a
 * program or another machine wishes, and memgap never reads it; `unproven`, either, so that only a reader (reader.ts) may.
 */
export type MountTrust = 'local' | 'remote' | 'unproven';

/** What is known of mounts while some files are read: taken once, at the first question. */
export interface Mounts {
  /** Of the mount with this id, as the process, pid 1 or memgap itself sees it; `undefined` for one that none of them sees. */
  of(id: number | undefined, pid?: number): Mount | undefined;
  trustOf(mount: Mount | undefined): MountTrust;
}

/** The mounts that a process sees (`self`: memgap); empty where that can't be read, for then nothing is proven by it. A long one is cut. */
export function readMountTable(procfs: string, pid: number | 'self'): MountTable {
  let fd: number | undefined;
  try {
    fd = openSync(join(procfs, String(pid), 'mountinfo'), constants.O_RDONLY | constants.O_NOFOLLOW);
    return parseMountTable(readBounded(fd, budgets.mountinfo.maxBytes).bytes.toString('latin1'));
  } catch {
    return new Map();
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Pure: the mounts of the text of a mountinfo, which may be cut off anywhere. Linear in its length, whatever is in it. */
export function parseMountTable(text: string): MountTable {
  const mounts = new Map<number, Mount>();
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    if (end === -1) break; // the last line is whole only with its line break
    const mount = parseMountLine(text.slice(start, end));
    if (mount !== undefined && /^\d{1,10}:\d{1,10}$/.test(mount.device)) mounts.set(mount.id, mount);
    start = end + 1;
  }
  return mounts;
}

/**
 * Pure: the first `maxMounts` lines of some types of file system out of the text of a mountinfo, which may be cut off anywhere. Those of
 * other types, most of 4 MiB, cost no step of ours, and no line costs more than its length.
 */
export function mountsOf(text: string, types: readonly string[], maxMounts: number): readonly Mount[] {
  const pattern = new RegExp(` - (?:${types.join('|')}) `, 'g');
  const mounts: Mount[] = [];
  for (let match = pattern.exec(text); match !== null && mounts.length < maxMounts; match = pattern.exec(text)) {
    const end = text.indexOf('\n', match.index);
    const line = text.slice(text.lastIndexOf('\n', match.index) + 1, end === -1 ? text.length : end);
    const mount = parseMountLine(line);
    if (mount !== undefined && types.includes(mount.type)) mounts.push(mount);
    if (end === -1) break;
    pattern.lastIndex = end;
  }
  return mounts;
}

/** Pure: one line. Its optional fields, behind the sixth, end with a hyphen of their own; a mount point may be `-`; spaces are escaped. */
function parseMountLine(line: string): Mount | undefined {
  const fields = line.split(' ');
  const hyphen = fields.indexOf('-', 6);
  const [id = '', , device = '', root = '', mountPoint = ''] = fields;
  const [type = '', , options = ''] = hyphen === -1 ? [] : fields.slice(hyphen + 1);
  if (type === '' || !/^\d{1,10}$/.test(id)) return undefined;
  return { id: Number(id), device, root: unescapeMount(root), mountPoint: unescapeMount(mountPoint), type, options };
}

/** A text of a mountinfo without the kernel's escapes: three octal digits behind a backslash (mangle() of fs/proc_namespace.c). */
export function unescapeMount(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
