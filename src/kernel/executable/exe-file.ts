import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import { readMounts } from '../../files/mount-trust.ts';
import type { Mounts } from '../../files/mountinfo.ts';
import { linkOfFd, openPath, placeOf, withPlace } from '../../files/open-path.ts';
import { askReader } from '../../files/reader.ts';
import type { ExecutableAnswer } from '../../files/reader-jobs.ts';
import { untilAborted } from '../../files/until-aborted.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { failedRead } from '../process/file.ts';
import type { ReadAt } from './elf.ts';

/** A process whose executable is to be read. */
export interface ExeHandle extends ProcessHandle {
  /** What is known of the machine's mounts already, in a look at many processes. */
  readonly mounts?: Mounts;
  /** `--process.memory-reads`: where its file may not be read, those of its pages may that are in the process's memory. */
  readonly memoryReads?: boolean | undefined;
}

/** The open file of a process's executable. */
export interface ExeFile {
  readonly fd: number;
  readonly read: ReadAt;
}

/** What a reader found out of executables that are not proven local, by what the kernel calls them; `until`: to be tried again. */
const answers = new Map<string, { readonly answer: Promise<Reading<ExecutableAnswer>>; until: number }>();
const maxAnswers = budgets.executableAnswers.maxEntries;
const retryMilliseconds = 5 * 60_000;

/**
 * Does something with /proc/PID/exe, which is that file even after another one took its name. Needs the target's own uid and gid, or
 * CAP_SYS_PTRACE. Where the file lies decides who reads it: on a local file system `here`, in memgap; on one that may hang a reader
 * (files/reader.ts), of whose answer `there` takes what it needs; `unsupported` on one that another program or machine answers for.
 */
export async function withExe<T>(
  process: ExeHandle,
  signal: AbortSignal,
  here: (file: ExeFile) => Reading<T>,
  there: (answer: ExecutableAnswer) => Reading<T>,
): Promise<Reading<T>> {
  const path = join(process.paths.procfs, String(process.pid), 'exe');
  let place: number | undefined;
  try {
    place = openSync(path, openPath);
    const { mountId, inode } = placeOf(place);
    const mounts = process.mounts ?? readMounts(process.paths.procfs);
    const mount = mounts.of(mountId, process.pid);
    const trust = mounts.trustOf(mount);
    if (trust === 'local') return withFile(place, path, here);
    const shown = mount === undefined ? 'a mount that memgap does not see' : mount.type;
    if (trust === 'remote' && process.memoryReads !== true) return missing('unsupported', `the executable lies on ${shown}: ${whyNot}`);
    const key = `${mountId} ${mount?.device ?? process.pid}:${inode ?? process.pid} ${readlinkSync(path)}`;
    const reader = answerOf(process, { key, mountKey: `${mountId ?? key}`, shown, mapped: trust === 'remote' });
    const answer = await untilAborted(reader, signal, 'a reader');
    return answer.ok ? there(answer.value) : missing(answer.reason, `the executable lies on ${shown}: ${answer.detail}`);
  } catch (error) {
    return failedRead(error, path);
  } finally {
    if (place !== undefined) closeSync(place);
  }
}

const whyNot = 'who answers for it decides when a read ends, so memgap does not read it; --process.memory-reads takes what is in memory';

/** Which file a process runs, if on a local file system: a node has many processes of few programs. `undefined` where unknown. */
export function localFile({ pid, paths, mounts = readMounts(paths.procfs) }: ExeHandle): string | undefined {
  try {
    return withPlace(join(paths.procfs, String(pid), 'exe'), 0, (place) => {
      if (mounts.trustOf(mounts.of(placeOf(place).mountId, pid)) !== 'local') return undefined;
      const { dev, ino, size, mtimeMs } = fstatSync(place);
      return `${dev}:${ino}:${size}:${mtimeMs}`;
    });
  } catch {
    return undefined;
  }
}

/** The same in the thread that calls, for a reader: it may hang. */
export function withExeHere<T>(path: string, use: (file: ExeFile) => Reading<T>): Reading<T> {
  let place: number | undefined;
  try {
    place = openSync(path, openPath);
    return withFile(place, path, use);
  } catch (error) {
    return failedRead(error, path);
  } finally {
    if (place !== undefined) closeSync(place);
  }
}

function withFile<T>(place: number, path: string, use: (file: ExeFile) => Reading<T>): Reading<T> {
  const fd = openSync(linkOfFd(place), constants.O_RDONLY | constants.O_NONBLOCK); // the very file that was looked at
  try {
    return fstatSync(fd).isFile() ? use({ fd, read: readerOf(fd) }) : missing('malformed', `${path} leads to no regular file`);
  } finally {
    closeSync(fd);
  }
}

interface Question {
  readonly key: string;
  readonly mountKey: string;
  readonly shown: string;
  readonly mapped: boolean;
}

/** One reader for each file: the processes of one image share it, and a file that runs can't be written (ETXTBSY). */
function answerOf({ pid, paths }: ExeHandle, { key, mountKey, shown, mapped }: Question): Promise<Reading<ExecutableAnswer>> {
  const name = mapped ? `${key} ${pid}` : key;
  const before = answers.get(name);
  if (before !== undefined && performance.now() < before.until) return before.answer;
  const place = { key: mapped ? `memory ${mountKey}` : mountKey, shown };
  const answer = askReader('executable', { procfs: paths.procfs, pid, mapped }, place, found);
  const entry = { answer, until: Number.POSITIVE_INFINITY };
  answers.delete(name);
  answers.set(name, entry);
  for (const oldest of answers.keys()) if (answers.size > maxAnswers) answers.delete(oldest);
  void answer.then(({ ok }) => {
    if (!ok) entry.until = performance.now() + retryMilliseconds;
  });
  return answer;
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
