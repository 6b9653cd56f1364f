import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { failedRead, readProcFile } from '../kernel/process/file.ts';
import { parseStat } from '../kernel/process/stat.ts';
import { found, known, mapReading, type Reading } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';

/** A process in question: its pid, and what it runs where that can be told. */
export interface Candidate {
  readonly pid: number;
  readonly exe: string | undefined;
}

/**
 * What a process runs: the text of /proc/PID/exe. Needs the target's uid and gid, or CAP_SYS_PTRACE. Kernel threads and zombies run
 * nothing.
 */
export function readExe(pid: number, { procfs }: KernelPaths): Reading<string> {
  const path = join(procfs, String(pid), 'exe');
  try {
    return found(readlinkSync(path));
  } catch (error) {
    return failedRead(error, path);
  }
}

/** Whether the text of an exe link is meant by a base name or an absolute path; ` (deleted)` is the kernel's, of a replaced file. */
export function runs(link: string, wanted: string): boolean {
  const path = withoutMark(link);
  return wanted.includes('/') ? wanted === path || wanted === link : wanted === basename(path) || wanted === basename(link);
}

/** The text of an exe link without the kernel's mark of a file that was removed. */
export function withoutMark(link: string): string {
  return link.endsWith(' (deleted)') ? link.slice(0, -' (deleted)'.length) : link;
}

/** Whether a process whose exe can't be read bears that name. Its name is cut at 15 bytes and its own to choose: a hint, no proof. */
export function bearsName(pid: number, wanted: string, paths: KernelPaths): boolean {
  const stat = known(mapReading(readProcFile({ pid, paths }, 'stat'), parseStat));
  if (stat === undefined || !stat.ok || stat.value.state === 'Z') return false;
  return stat.value.comm === Buffer.from(basename(wanted)).subarray(0, 15).toString();
}
