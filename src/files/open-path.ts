import { closeSync, openSync, readFileSync } from 'node:fs';

/**
 * O_PATH of open(2), which node does not name: the same number on all ports. Opens a place without asking the file system for its content.
 */
export const openPath = 0o10000000;

/** What the kernel says of an open file without asking the file system that it lies on. */
export interface OpenPlace {
  /** The mount that it was reached by; `undefined` where memgap may not read that of itself (rights from file capabilities). */
  readonly mountId: number | undefined;
  /** Since Linux 5.14. */
  readonly inode: string | undefined;
}

/**
 * proc_pid_fdinfo(5), Linux 3.15: the kernel's word, not the file system's. As UTF-8, which node reads in one call; each poll reads thirty.
 */
export function placeOf(fd: number): OpenPlace {
  let text: string;
  try {
    text = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  } catch {
    return { mountId: undefined, inode: undefined };
  }
  const [, id] = /^mnt_id:\s*(\d+)$/m.exec(text) ?? [];
  const [, inode] = /^ino:\s*(\d+)$/m.exec(text) ?? [];
  return { mountId: id === undefined ? undefined : Number(id), inode };
}

/** The magic link of one of memgap's own descriptors: what openat(2) is to a program that has it. */
export function linkOfFd(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** Opens a place, hands it to `use`, and closes it. Throws what open(2) throws. */
export function withPlace<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = openSync(path, openPath | flags);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** What lets memgap open files again; the target has nothing to do with it (open(2), EMFILE and ENFILE). */
export const ownLimit =
  "memgap's own limit of open files is reached: raise it (ulimit -n, LimitNOFILE of systemd; for ENFILE the machine's fs.file-max)";
