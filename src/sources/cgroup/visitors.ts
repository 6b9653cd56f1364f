import { known } from '../../reading.ts';
import { stat } from '../process/stat.ts';
import type { ProcessHandle } from '../source.ts';

const soon = 10; // seconds: an exec probe's time is up after one by default

/** Whether a process is an exec probe, or a person's look into the container, by when it started; one that is not there any more is no visitor. */
export function isVisitor(pid: number, target: ProcessHandle, now: number): boolean {
  const born = known(stat.read({ pid, paths: target.paths }))?.startTime;
  const before = known(stat.read(target))?.startTime;
  return born !== undefined && before !== undefined && cameForAMoment(born, before, now);
}

/** Pure: long after the target, and just now; times in Unix seconds. */
export function cameForAMoment(born: number, targetBorn: number, now: number): boolean {
  return born - targetBorn >= soon && now - born < soon;
}
