import { join } from 'node:path';
import type { ExecutableAnswer, ReaderJobs } from '../files/reader-jobs.ts';
import { parseBuildInfo } from '../goruntime/build-info/build-info.ts';
import { parseExe, placeOfExe } from '../kernel/executable/exe.ts';
import { withExeHere } from '../kernel/executable/exe-file.ts';
import { withMappedExe } from '../kernel/executable/mapped-exe.ts';

/** What the executable of a process says of itself: out of its file, or out of those of its pages that the process has in memory. */
export function readExecutable({ procfs, pid, mapped }: ReaderJobs['executable']['job']): ExecutableAnswer {
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
