import { readSmallFile } from '../process/file.ts';

/**
 * How many processes the kernel has killed on this machine for want of memory, in whatever group (`oom_kill` of /proc/vmstat, Linux 4.13): a container that
 * is killed takes its own counter along. Absent where it is not told.
 */
export function readOomKills(procfs: string): number | undefined {
  const text = readSmallFile(`${procfs}/vmstat`);
  return text.ok ? oomKillsIn(text.value) : undefined;
}

/** Pure: of the text of /proc/vmstat. */
export function oomKillsIn(text: string): number | undefined {
  const [, count] = /^oom_kill (\d{1,15})$/m.exec(text) ?? [];
  return count === undefined ? undefined : Number(count);
}
