import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** The start of a file, or why it cannot be read (a clause, without the file's name). */
export type FileResult = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly problem: string };

/** At most `most` bytes of a regular file. Never waits: a FIFO or a device is refused, not opened for good. */
export function readStart(path: string, most: number): FileResult {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile()) return { ok: false, problem: stat.isDirectory() ? 'it is a directory' : 'it is not a regular file' };
    const buffer = Buffer.alloc(Math.min(most, stat.size + 1)); // one more, to see a file that grows
    let length = 0;
    for (let count = -1; count !== 0 && length < buffer.length; length += count)
      count = readSync(fd, buffer, length, buffer.length - length, null);
    return { ok: true, bytes: buffer.subarray(0, length) };
  } catch (error) {
    return { ok: false, problem: words(error) };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const meanings: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'a part of its path is not a directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'it is a socket or a device',
};

function words(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const meaning = meanings[code];
  return meaning === undefined ? code : `${code} (${meaning})`;
}
