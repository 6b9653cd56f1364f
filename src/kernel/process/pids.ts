import { opendirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { KernelPaths } from '../../model/source.ts';
import type { Slices } from '../memory/slices.ts';
import { failedRead } from './file.ts';

const { maxEntries } = budgets.processes;
const batch = 256;

/** Every process of a procfs but memgap itself, which is never meant unless its pid is given. Threads have no entry there. */
export function listPids(paths: KernelPaths): Reading<readonly number[]> {
  let list: PidList | undefined;
  try {
    list = openList(paths);
    const pids: number[] = [];
    for (let more = list.next(); more !== undefined; more = list.next()) {
      for (const pid of more) pids.push(pid);
      if (pids.length > maxEntries) return tooMany(list.procfs);
    }
    return found(sorted(pids));
  } catch (error) {
    return failedRead(error, paths.procfs);
  } finally {
    list?.close();
  }
}

/** The same in slices of time: a node may have a hundred thousand. */
export async function listPidsInSlices(paths: KernelPaths, slices: Slices): Promise<Reading<readonly number[]>> {
  let list: PidList | undefined;
  try {
    list = openList(paths);
    const pids: number[] = [];
    for (let more = list.next(); more !== undefined; more = list.next()) {
      for (const pid of more) pids.push(pid);
      if (pids.length > maxEntries) return tooMany(list.procfs);
      if (!(await slices.pause())) return missing('timeout', `the processes of ${list.procfs} were not all listed in time`);
    }
    return found(sorted(pids));
  } catch (error) {
    return failedRead(error, paths.procfs);
  } finally {
    list?.close();
  }
}

/** As procfs has them; a typed array is sorted without a step of ours. */
function sorted(pids: readonly number[]): readonly number[] {
  return Array.from(Float64Array.from(pids).sort());
}

function tooMany(procfs: string): Reading<never> {
  return missing('too-large', `${procfs} has more than ${maxEntries} processes: name the one that is meant by its pid`);
}

/** A procfs that is being listed. */
interface PidList {
  readonly procfs: string;
  /** The pids of the next entries; absent at the end. */
  next(): readonly number[] | undefined;
  close(): void;
}

function openList({ procfs }: KernelPaths): PidList {
  const entries = opendirSync(procfs, { bufferSize: batch });
  const own = ownPid(procfs);
  function next(): readonly number[] | undefined {
    const pids: number[] = [];
    for (let looks = 0; looks < batch; looks += 1) {
      const entry = entries.readSync();
      if (entry === null) return looks === 0 ? undefined : pids;
      if (/^\d{1,10}$/.test(entry.name) && Number(entry.name) !== own) pids.push(Number(entry.name));
    }
    return pids;
  }
  return { procfs, next, close: () => entries.closeSync() };
}

/** memgap's own pid in the numbers of this procfs, which may be of another pid namespace. */
export function ownPid(procfs: string): number {
  try {
    return Number(readlinkSync(join(procfs, 'self')));
  } catch {
    return process.pid;
  }
}
