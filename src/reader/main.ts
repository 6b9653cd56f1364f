import { readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readFileHere } from '../files/own-file.ts';
import type { ExecutableAnswer, ReaderJobs } from '../files/reader-jobs.ts';
import { parseBuildInfo } from '../goruntime/build-info/build-info.ts';
import { reachHere } from '../kernel/cgroup/reach.ts';
import { parseExe, placeOfExe } from '../kernel/executable/exe.ts';
import { withExeHere } from '../kernel/executable/exe-file.ts';
import { withMappedExe } from '../kernel/executable/mapped-exe.ts';
import { codeOf } from '../kernel/process/file.ts';
import { found, mapReading, missing, type Reading } from '../model/reading.ts';

/**
 * A reader: does one thing that may hang, says what came of it, and stands by with what it opened until memgap closes its standard input,
 * or kills it. Whatever happens here happens to nobody else.
 */
function readerMain(what: string | undefined, job: string | undefined): void {
  const answer =
    what !== undefined && isKnown(what) ? answers[what](JSON.parse(job ?? '{}')) : missing('unsupported', 'a reader knows nothing of that');
  const bytes = Buffer.from(`${JSON.stringify(answer)}\n`);
  for (let at = 0; at < bytes.length; ) at += waiting(() => writeSync(1, bytes, at));
  waiting(() => readSync(0, Buffer.alloc(1)));
}

/** Whoever loads this program may have made its streams non-blocking (tsx does): then what is full, or empty as yet, is tried again. */
function waiting(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(nothing, 0, 0, 5);
    }
  }
}

const nothing = new Int32Array(new SharedArrayBuffer(4));

const answers: { readonly [What in keyof ReaderJobs]: (job: ReaderJobs[What]['job']) => Reading<ReaderJobs[What]['answer']> } = {
  file: fileAnswer,
  executable: (job) => found(readExecutable(job)),
  directory: ({ base, parts }) => mapReading(reachHere(base, parts), (fd) => ({ fd })),
};

function isKnown(what: string): what is keyof ReaderJobs {
  return Object.hasOwn(answers, what);
}

function fileAnswer({ path, maxBytes }: ReaderJobs['file']['job']): Reading<ReaderJobs['file']['answer']> {
  const file = readFileHere(path, maxBytes);
  return file.ok ? found({ base64: file.bytes.toString('base64'), whole: file.whole }) : missing('denied', file.problem);
}

/** What the executable of a process says of itself: out of its file, or out of those of its pages that the process has in memory. */
function readExecutable({ procfs, pid, mapped }: ReaderJobs['executable']['job']): ExecutableAnswer {
  const process = { pid, paths: { procfs, cgroupfs: '/' } };
  if (mapped) {
    return {
      image: withMappedExe(process, ({ read, place }) => parseExe(read, place)),
      build: withMappedExe(process, ({ read }) => parseBuildInfo(read)),
    };
  }
  const path = join(procfs, String(pid), 'exe');
  return {
    image: withExeHere(path, ({ fd, read }) => parseExe(read, placeOfExe(fd, process))),
    build: withExeHere(path, ({ read }) => parseBuildInfo(read)),
  };
}

readerMain(process.argv[2], process.argv[3]);
