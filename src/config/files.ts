import { readOwnFile } from '../files/own-file.ts';

/** The start of a file, or why it cannot be read (a clause, without the file's name). */
export type FileResult =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly whole: boolean }
  | { readonly ok: false; readonly problem: string };

/** At most `most` bytes of a regular file. A FIFO or a device is refused, not opened for good; a file system that hangs costs 2 s. */
export async function readStart(path: string, most: number): Promise<FileResult> {
  const file = await readOwnFile(path, most);
  return file.ok ? file : { ok: false, problem: words(file.problem) };
}

/** What is in the way of reading a file, if something is. */
export async function problemOf(path: string): Promise<string | undefined> {
  const file = await readStart(path, 0);
  return file.ok ? undefined : file.problem;
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

function words(problem: string): string {
  const meaning = meanings[problem];
  return meaning === undefined ? problem : `${problem} (${meaning})`;
}
