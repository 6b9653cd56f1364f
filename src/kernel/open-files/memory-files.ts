import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import { mountsOf } from '../../files/mountinfo.ts';
import { placeOf, withPlace } from '../../files/open-path.ts';
import type { Slices } from '../../files/turns.ts';
import type { OpenFiles } from '../../model/process.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { bytes } from '../../model/units.ts';
import { tape } from '../../tape.ts';
import { readHead, readProcFile } from '../process/file.ts';

/** A descriptor whose link says that its file was deleted, or is a memfd. */
export interface DeletedFile {
  readonly fd: string;
  readonly kind: 'memfd' | 'deleted';
  readonly path: string;
}

/**
 * The first mount that the kernel makes is that of its own shared memory, where memfds lie (mnt_init of fs/namespace.c, since Linux 5.3):
 * nobody can make another, end it, or give its number to a file system of his own. Before 5.3 it has another number, and memfds are not
 * told.
 */
const kernelsOwnTmpfs = 0;

const blockBytes = 512; // of st_blocks, stat(2)
const maxShown = 3;

/**
 * The files of memory among them, by inode, with their sizes. A file system that hangs must not be asked (FUSE, which a target may mount
 * for itself): so a descriptor's mount is looked at (fdinfo), then its place is held by O_PATH, which asks no file system and opens
 * nothing, and its mount looked at again, and only on tmpfs is there a stat. The mounts are read while the place is held, for then no other
 * can get the number of its mount.
 */
export async function readMemoryFiles(
  process: ProcessHandle,
  files: readonly DeletedFile[],
  slices: Slices,
): Promise<OpenFiles['deleted']> {
  const sized = new Map<string, { readonly path: string; readonly size: number }>();
  let unsized = 0;
  let left: number = budgets.tmpfsFiles.maxDescriptors;
  let tmpfs: ReadonlySet<number> | undefined;
  for (const { fd, kind, path } of files) {
    if (!(await slices.pause())) break; // its time is up, and with it the whole look's
    const mount = mountOf(process, fd);
    const isMemfd = mount === kernelsOwnTmpfs;
    if (!isMemfd) {
      tmpfs ??= tmpfsMounts(process);
      const isOnTmpfs = mount !== undefined && tmpfs.has(mount);
      if (!isOnTmpfs || left === 0) {
        if (isOnTmpfs || kind === 'memfd') unsized += 1;
        continue;
      }
      left -= 1;
    }
    const mayAsk = (id: number) => (isMemfd ? id === kernelsOwnTmpfs : tmpfsMounts(process).has(id));
    const onTape = tape();
    const file =
      onTape === undefined
        ? sizeOfDescriptor(process, fd, mayAsk)
        : onTape.value(`${process.pid}/fd/${fd} size`, () => sizeOfDescriptor(process, fd, mayAsk));
    if (file === undefined) unsized += 1;
    else if (file.isDeleted) sized.set(file.key, { path, size: file.size });
  }
  const largest = [...sized.values()].sort((one, other) => other.size - one.size);
  return {
    count: sized.size + unsized,
    unsized,
    bytes: bytes(largest.reduce((sum, { size }) => sum + size, 0)),
    largest: largest.slice(0, maxShown).map(({ path, size }) => ({ path, bytes: bytes(size) })),
  };
}

interface MemoryFile {
  readonly key: string;
  readonly size: number;
  /** No name leads to it any more, on whatever mount. */
  readonly isDeleted: boolean;
}

/** `undefined` where it was closed meanwhile, or lies on a mount that may not be asked. */
function sizeOfDescriptor({ pid, paths }: ProcessHandle, fd: string, mayAsk: (mount: number) => boolean): MemoryFile | undefined {
  try {
    return withPlace(join(paths.procfs, String(pid), 'fd', fd), 0, (own) => {
      const { mountId } = placeOf(own);
      if (mountId === undefined || !mayAsk(mountId)) return undefined;
      const { dev, ino, blocks, nlink } = fstatSync(own);
      return { key: `${dev}:${ino}`, size: blocks * blockBytes, isDeleted: nlink === 0 };
    });
  } catch {
    return undefined;
  }
}

function mountOf(process: ProcessHandle, fd: string): number | undefined {
  const text = readProcFile(process, `fdinfo/${fd}`);
  return text.ok ? parseMountId(text.value) : undefined;
}

/** Pure: `mnt_id` of the text of /proc/PID/fdinfo/N (proc_pid_fdinfo(5), Linux 3.15). */
export function parseMountId(text: string): number | undefined {
  const [, id] = /^mnt_id:\t(\d{1,10})$/m.exec(text) ?? [];
  return id === undefined ? undefined : Number(id);
}

/** The tmpfs mounts that the process sees, by id. */
function tmpfsMounts({ pid, paths }: ProcessHandle): ReadonlySet<number> {
  const mountinfo = readHead(join(paths.procfs, String(pid), 'mountinfo'), budgets.mountinfo.maxBytes);
  const mounts = mountinfo.ok ? mountsOf(mountinfo.value.text, ['tmpfs'], budgets.tmpfsMounts.maxEntries) : [];
  return new Set(mounts.map(({ id }) => id));
}
