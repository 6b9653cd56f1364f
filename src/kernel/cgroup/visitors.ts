import { known } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { readProcFile } from '../process/file.ts';
import { parseStat, stat, ticksPerSecond } from '../process/stat.ts';

const visitSeconds = 10; // an exec probe's time is up after one by default

/** Processes that were seen to be no visitors any more, nor ever will be: the inode of its status (kernel/process/file.ts) by each pid. */
export type Residents = Map<number, number>;

/**
 * Those that are exec probes, or a person's look into the container, by when they started; one that is not there any more is no visitor.
 * `pids` come with the inode of their status, where that is known: those who are found to have been here for long are `residents`, and not
 * read again. The time of boot is read once for all of them: /proc/stat is long on a big machine.
 */
export function visitorsAmong(
  pids: ReadonlyMap<number, number | undefined>,
  target: ProcessHandle,
  now: number,
  residents: Residents = new Map(),
): readonly number[] {
  for (const pid of residents.keys()) if (!pids.has(pid)) residents.delete(pid);
  const others = [...pids].filter(([pid, inode]) => inode === undefined || residents.get(pid) !== inode);
  const before = others.length === 0 ? undefined : known(stat.read(target));
  if (before === undefined) return [];
  const boot = before.startTime - before.startTicks / ticksPerSecond;
  const visitors: number[] = [];
  for (const [pid, inode] of others) {
    const text = known(readProcFile({ pid, paths: target.paths }, 'stat'));
    const its = text === undefined ? undefined : known(parseStat(text));
    if (its === undefined || its.state === 'Z' || its.state === 'X') continue;
    if (cameForAMoment(boot + its.startTicks / ticksPerSecond, before.startTime, now)) visitors.push(pid);
    else if (inode !== undefined) residents.set(pid, inode);
  }
  return visitors;
}

/** Pure: long after the target, and just now; times in Unix seconds. */
export function cameForAMoment(born: number, targetBorn: number, now: number): boolean {
  return born - targetBorn >= visitSeconds && now - born < visitSeconds;
}
