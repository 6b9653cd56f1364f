import type { Reading } from '../../model/reading.ts';

/** Pure: the pids of a cgroup.procs, which may name one twice (cgroup-v1 docs); 0 stands for a process outside of the reader's pid namespace. */
export function pidsOf(text: Reading<string>): readonly number[] {
  if (!text.ok) return [];
  const pids: number[] = [];
  for (const line of text.value.split('\n')) if (/^\d{1,10}$/.test(line)) pids.push(Number(line));
  return pids;
}
