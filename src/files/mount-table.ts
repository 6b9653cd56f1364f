import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../budgets.ts';
import { readBounded } from './bounded.ts';
import { parseMountLine, unescapeMount } from './mount-lines.ts';

/** One line of a mountinfo (proc_pid_mountinfo(5)), as far as it tells what a file on it rests on. */
export interface Mount {
  /** Of the whole machine, and another mount's once this one is gone. */
  readonly id: number;
  /** `major:minor` of the superblock: the same for every mount of it, in whatever namespace. */
  readonly device: string;
  readonly mountPoint: string;
  readonly type: string;
  /** The superblock's, for a person and for overlay's layers; with the kernel's escapes. */
  readonly options: string;
}

/** Mounts by their id. */
export type MountTable = ReadonlyMap<number, Mount>;

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
    if (mount !== undefined && /^\d{1,10}:\d{1,10}$/.test(mount.device)) {
      const { id, device, mountPoint, type, options } = mount;
      mounts.set(id, { id, device, mountPoint: unescapeMount(mountPoint), type, options });
    }
    start = end + 1;
  }
  return mounts;
}
