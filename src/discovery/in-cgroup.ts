import { createSlices } from '../files/turns.ts';
import { readMembership } from '../kernel/cgroup/membership.ts';
import { partsOf } from '../kernel/cgroup/mounts.ts';
import { listPidsInSlices } from '../kernel/process/pids.ts';
import { status } from '../kernel/process/status.ts';
import { found, known, missing, type Reading } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';
import { printable } from '../untrusted.ts';
import { type Candidate, readExe } from './processes.ts';

/**
 * The processes of a memory group: those that stand in it, or, where none does, those in its child groups (some runtimes put a
 * container's process in a child). Kernel threads and zombies are none.
 */
export async function findInCgroup(wanted: string, paths: KernelPaths, signal: AbortSignal): Promise<Reading<readonly Candidate[]>> {
  const slices = createSlices(signal);
  const pids = await listPidsInSlices(paths, slices);
  if (!pids.ok) return pids;
  const inside: number[] = [];
  const beneath: number[] = [];
  for (const pid of pids.value) {
    if (!(await slices.pause())) return missing('timeout', `the processes in the cgroup ${printable(wanted)} were not all checked in time`);
    const membership = known(readMembership({ pid, paths }));
    const depth = membership === undefined ? undefined : depthBelow(wanted, membership.path);
    if (depth === undefined || !status.read({ pid, paths }).ok) continue;
    if (depth === 0) inside.push(pid);
    else beneath.push(pid);
  }
  return found((inside.length > 0 ? inside : beneath).map((pid) => ({ pid, exe: known(readExe(pid, paths)) })));
}

/**
 * Pure: how many groups a path lies below the group that is meant by a whole path (with a leading `/`) or by its last part or parts;
 * 0 is the group itself, `undefined` elsewhere. Everything is below `/`, so that means the root group alone.
 */
export function depthBelow(wanted: string, path: string): number | undefined {
  const parts = partsOf(path);
  const name = partsOf(wanted);
  if (name.length === 0) return wanted.startsWith('/') && parts.length === 0 ? 0 : undefined;
  const lastStart = wanted.startsWith('/') ? 0 : parts.length - name.length;
  for (let start = lastStart; start >= 0; start -= 1) {
    if (name.every((part, index) => part === parts[start + index])) return parts.length - name.length - start;
  }
  return undefined;
}
