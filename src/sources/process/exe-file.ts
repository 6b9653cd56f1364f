import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { missing, type Reading } from '../../reading.ts';
import type { ProcessHandle } from '../source.ts';
import type { ReadAt } from './elf.ts';
import { failedRead } from './file.ts';

/** The open file of a process's executable. */
export interface ExeFile {
  readonly fd: number;
  readonly read: ReadAt;
}

/** Does something with /proc/PID/exe, which is that file even after another one took its name. Needs the target's own uid and gid, or CAP_SYS_PTRACE. */
export function withExe<T>({ pid, paths }: ProcessHandle, use: (file: ExeFile) => Reading<T>): Reading<T> {
  const path = join(paths.procfs, String(pid), 'exe');
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // a magic link of the kernel's: it is to be followed
    if (!fstatSync(fd).isFile()) return missing('malformed', `${path} leads to no regular file`);
    return use({ fd, read: readerOf(fd) });
  } catch (error) {
    return failedRead(error, path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readerOf(fd: number): ReadAt {
  return (offset, size) => {
    if (!Number.isSafeInteger(offset) || offset < 0) return new Uint8Array();
    const buffer = Buffer.allocUnsafe(size);
    let count = 0;
    while (count < size) {
      const more = readSync(fd, buffer, count, size - count, offset + count);
      if (more === 0) break;
      count += more;
    }
    return buffer.subarray(0, count);
  };
}
