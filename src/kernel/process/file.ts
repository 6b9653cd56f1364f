import { accessSync, closeSync, constants, existsSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import { readBoundedText } from '../../files/bounded.ts';
import { ownLimit } from '../../files/open-path.ts';
import { found, type Missing, mapReading, missing, type Reading, reasonOf } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { type TapedText, tape } from '../../tape.ts';
import { neededRight } from './needed-right.ts';

/** No file of the kernel's that memgap reads is longer, mountinfo apart. */
export const fileCap = budgets.procFile.maxBytes;

/**
 * The text of a small file of the kernel's. Synchronous: a thread hop costs more than the read. Follows no symbolic link at the
 * end of the path, waits for no FIFO. A file longer than `cap` bytes is `too-large`.
 */
export function readSmallFile(path: string, cap = fileCap): Reading<string> {
  return wholeOf(readHead(path, cap), path, cap);
}

function wholeOf(head: Reading<TextHead>, path: string, cap: number): Reading<string> {
  if (!head.ok) return head;
  return head.value.whole ? found(head.value.text) : missing('too-large', `${path} is longer than ${cap} bytes`);
}

/** The same of a file that may be long and has what matters at its start: its first `cap` bytes, and whether that was all. */
export function readHead(path: string, cap: number): Reading<TextHead> {
  const onTape = tape();
  return onTape === undefined ? readHeadNow(path, cap) : onTape.text(path, readHeadNow.bind(undefined, path, cap));
}

/** The text of a file from its start, and whether that is all of it. */
interface TextHead extends TapedText {
  /** Of the file; absent on a tape. */
  readonly inode?: number;
}

function readHeadNow(path: string, cap: number): Reading<TextHead> {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW); // node adds O_CLOEXEC
    const stat = fstatSync(fd);
    if (!stat.isFile()) return missing('malformed', `${path} is not a regular file`);
    const { text, whole } = readBoundedText(fd, cap);
    return found({ text, whole, inode: stat.ino });
  } catch (error) {
    return failedRead(error, path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** A failed call on `path` as a reading; a code that the table of reasons does not know is a bug, so it is thrown on. */
export function failedRead(error: unknown, path: string): Reading<never> {
  const reason = reasonOf(error);
  if (reason === undefined) throw error;
  return missing(reason, `${path}: ${codeOf(error)}${whatToDo(reason, neededRight(path))}`);
}

/** The end of a detail: what mends a call that was refused for want of `right`, or because nothing more can be opened. */
export function whatToDo(reason: Missing, right: string): string {
  if (reason === 'denied') return `; ${right}`;
  return reason === 'exhausted' ? `; ${ownLimit}` : '';
}

/** The text of one file of /proc/PID. A file that is not there while its process is tells of the kernel, not of the process. */
export function readProcFile(process: ProcessHandle, name: string): Reading<string> {
  return mapReading(readProcText(process, name), ({ text }) => text);
}

/** A file of /proc/PID and its inode: the kernel makes one for each process, and another for the next of that pid. */
export interface ProcText {
  readonly text: string;
  /** Absent on a tape. */
  readonly inode: number | undefined;
}

/** The same with the file's inode, by which a process is known again (proc_pid_make_inode() and pid_revalidate() of fs/proc/base.c). */
export function readProcText(process: ProcessHandle, name: string): Reading<ProcText> {
  const path = pathOf(process, name);
  const head = readHead(path, fileCap);
  const text = whyGone(withFewLines(wholeOf(head, path, fileCap), path), process, name);
  return mapReading(text, (whole) => ({ text: whole, inode: head.ok && tape() === undefined ? head.value.inode : undefined }));
}

/** One file of /proc/PID, opened for reading; close it. */
export function openProcFile(process: ProcessHandle, name: string): Reading<number> {
  try {
    return found(openSync(pathOf(process, name), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW));
  } catch (error) {
    return failedProcRead(error, process, name);
  }
}

/** A failed call on a file of /proc/PID as a reading. */
export function failedProcRead(error: unknown, process: ProcessHandle, name: string): Reading<never> {
  return whyGone(failedRead(error, pathOf(process, name)), process, name);
}

function pathOf({ pid, paths }: ProcessHandle, name: string): string {
  return join(paths.procfs, String(pid), name);
}

function whyGone<T>(reading: Reading<T>, process: ProcessHandle, name: string): Reading<T> {
  if (reading.ok || reading.reason !== 'gone') return reading;
  if (name !== 'stat' && isThere(pathOf(process, 'stat')) && !isThere(pathOf(process, name))) {
    return missing('unsupported', `this kernel has no ${join(process.paths.procfs, 'PID', name)}`);
  }
  // hidepid hides pid 1 too, which never ends
  const isHiding = !isThere(join(process.paths.procfs, '1', 'stat'));
  return missing(
    'gone',
    `process ${process.pid} ${isHiding ? 'has ended, or hidepid hides it' : 'is not there: it has ended'} (${reading.detail})`,
  );
}

function isThere(path: string): boolean {
  const onTape = tape();
  return onTape === undefined ? existsSync(path) : onTape.value(`${path} is there`, existsSync.bind(undefined, path)) === true;
}

/** Whether the mode of a file or folder lets memgap read it; what else may hinder that, as that it is gone, is told by reading it. */
export function mayRead(path: string): boolean {
  const onTape = tape();
  return onTape === undefined ? mayReadNow(path) : onTape.value(`${path} may be read`, mayReadNow.bind(undefined, path)) === true;
}

function mayReadNow(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    return codeOf(error) !== 'EACCES';
  }
}

/** errno's name out of an error, for a detail. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'error';
}

const maxLines = budgets.procLines.maxLines;
const tooMany = new RegExp(`(?:[^\\n]*\\n){${maxLines + 1}}`, 'y');

/** The text if it has no more lines than a file of the kernel's that is read line by line; `too-large`, with what it is, if it has. */
export function withFewLines(text: Reading<string>, what: string): Reading<string> {
  if (!text.ok || text.value.length <= maxLines) return text;
  tooMany.lastIndex = 0;
  return tooMany.test(text.value) ? missing('too-large', `${what} has more than ${maxLines} lines`) : text;
}
