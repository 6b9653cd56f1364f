import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { found, type Reading } from '../../reading.ts';
import type { KernelPaths } from '../source.ts';
import { failedRead } from './file.ts';

/** Every process of a procfs but memgap itself, which is never meant unless its pid is given. Threads have no entry there. */
export function listPids({ procfs }: KernelPaths): Reading<readonly number[]> {
  let names: readonly string[];
  try {
    names = readdirSync(procfs);
  } catch (error) {
    return failedRead(error, procfs);
  }
  const own = ownPid(procfs);
  return found(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => pid !== own),
  );
}

/** memgap's own pid in the numbers of this procfs, which may be of another pid namespace. */
export function ownPid(procfs: string): number {
  try {
    return Number(readlinkSync(join(procfs, 'self')));
  } catch {
    return process.pid;
  }
}
