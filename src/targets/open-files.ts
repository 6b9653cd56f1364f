import { opendirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { found, missing, type Reading } from '../reading.ts';
import { failedRead } from '../sources/process/file.ts';
import { createSlices } from '../sources/process/slices.ts';
import type { KernelPaths } from '../sources/source.ts';

/** Which of these sockets (`socket:[INODE]`) are among the first so many open files of a process: in one walk, however many are asked for. */
export function socketsHeldBy(
  pid: number,
  sockets: ReadonlySet<string>,
  paths: KernelPaths,
  mostFiles: number,
): Reading<ReadonlySet<string>> {
  const walk = heldBy(pid, sockets, paths, { left: mostFiles }, sockets.size);
  for (;;) {
    const step = walk.next();
    if (step.done === true) return step.value;
  }
}

/** A walk over open files, which stops now and then to let others go first. */
export type Walk<T> = Generator<undefined, T, undefined>;

/** Between two stops: each file costs some 6 us. */
const filesAtOnce = 64;

/** A walk over the files of one process that looks for sockets until `enough` are found; at `budget.left` files at most, and counts it down. */
export function* heldBy(
  pid: number,
  sockets: ReadonlySet<string>,
  { procfs }: KernelPaths,
  budget: { left: number },
  enough: number,
): Walk<Reading<ReadonlySet<string>>> {
  const directory = join(procfs, String(pid), 'fd');
  const held = new Set<string>();
  try {
    const files = opendirSync(directory);
    try {
      for (let file = files.readSync(); file !== null && budget.left > 0; file = files.readSync()) {
        budget.left -= 1;
        const name = linkOf(join(directory, file.name));
        if (sockets.has(name)) held.add(name);
        if (held.size >= enough) break;
        if (budget.left % filesAtOnce === 0) yield;
      }
      return found(held);
    } finally {
      files.closeSync();
    }
  } catch (error) {
    return failedRead(error, directory);
  }
}

/** The end of a walk whose steps share the turns of the event loop with whatever else is to be done; `timeout` once `signal` aborts. */
export async function inSlices<T>(walk: Walk<Reading<T>>, signal: AbortSignal): Promise<Reading<T>> {
  const slices = createSlices(signal);
  for (let step = walk.next(); ; step = walk.next()) {
    if (step.done === true) return step.value;
    if (!(await slices.pause())) {
      walk.return(missing('timeout', '')); // closes what it has open
      return missing('timeout', 'the walk over all open files was ended before it was done');
    }
  }
}

/** A file that was closed since it was listed leads nowhere; so does one that may be listed and not looked at (proc_pid_fd(5)). */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
