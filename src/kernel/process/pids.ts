import { type Dir, opendirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import type { Slices } from '../../files/turns.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { KernelPaths } from '../../model/source.ts';
import { failedRead } from './file.ts';

const maxProcesses = budgets.processes.maxEntries;
const entriesPerBatch = 256;

/** Every process of a procfs but memgap itself, which is never meant unless its pid is given. Threads have no entry there. */
export function listPids({ procfs }: KernelPaths): Reading<readonly number[]> {
  const batches = pidsInBatches(procfs);
  for (;;) {
    const batch = batches.next();
    if (batch.done) return batch.value;
  }
}

/** The same in slices of time: a node may have a hundred thousand. */
export async function listPidsInSlices({ procfs }: KernelPaths, slices: Slices): Promise<Reading<readonly number[]>> {
  const batches = pidsInBatches(procfs);
  for (;;) {
    const batch = batches.next();
    if (batch.done) return batch.value;
    if (await slices.pause()) continue;
    const late = missing('timeout', `the processes of ${procfs} were not all listed in time`);
    batches.return(late); // closes the folder
    return late;
  }
}

/** Gives way after so many entries, and ends with the pids of all of them, as procfs has them. */
function* pidsInBatches(procfs: string): Generator<undefined, Reading<readonly number[]>> {
  let folder: Dir | undefined;
  try {
    folder = opendirSync(procfs, { bufferSize: entriesPerBatch });
    const own = ownPid(procfs);
    const pids: number[] = [];
    let entries = 0;
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      entries += 1;
      if (/^\d{1,10}$/.test(entry.name) && Number(entry.name) !== own) pids.push(Number(entry.name));
      if (pids.length > maxProcesses)
        return missing('too-large', `${procfs} has more than ${maxProcesses} processes: name the one that is meant by its pid`);
      if (entries % entriesPerBatch === 0) yield;
    }
    yield;
    return found(Array.from(Float64Array.from(pids).sort())); // a typed array is sorted without a step of ours
  } catch (error) {
    return failedRead(error, procfs);
  } finally {
    folder?.closeSync();
  }
}

/** memgap's own pid in the numbers of this procfs, which may be of another pid namespace. */
export function ownPid(procfs: string): number {
  try {
    return Number(readlinkSync(join(procfs, 'self')));
  } catch {
    return process.pid;
  }
}
