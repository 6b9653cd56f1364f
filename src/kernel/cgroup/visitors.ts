import { known } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { readProcFile } from '../process/file.ts';
import { parseStat, stat, ticksPerSecond } from '../process/stat.ts';

const visitSeconds = 10; // an exec probe's time is up after one by default

/**
 * Those that are exec probes, or a person's look into the container, by when they started; one that is not there any more is no visitor. The time of boot is
 * read once for all of them: /proc/stat is long on a big machine.
 */
export function visitorsAmong(pids: Iterable<number>, target: ProcessHandle, now: number): readonly number[] {
  const before = known(stat.read(target));
  if (before === undefined) return [];
  const boot = before.startTime - before.startTicks / ticksPerSecond;
  return [...pids].filter((pid) => {
    const text = known(readProcFile({ pid, paths: target.paths }, 'stat'));
    const its = text === undefined ? undefined : known(parseStat(text));
    if (its === undefined || its.state === 'Z' || its.state === 'X') return false;
    return cameForAMoment(boot + its.startTicks / ticksPerSecond, before.startTime, now);
  });
}

/** Pure: long after the target, and just now; times in Unix seconds. */
export function cameForAMoment(born: number, targetBorn: number, now: number): boolean {
  return born - targetBorn >= visitSeconds && now - born < visitSeconds;
}
