import { readMounts } from '../files/mount-trust.ts';
import { buildInfo } from '../goruntime/build-info/build-info.ts';
import { neededRight } from '../kernel/process/needed-right.ts';
import { listPids } from '../kernel/process/pids.ts';
import { found, known, missing, type Reading } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';
import { printable } from '../untrusted.ts';
import { type Candidate, readExe } from './processes.ts';

/** The one Go program in sight, and how many processes could not be looked into: one of those may be another. */
export interface OnlyGo {
  readonly pid: number;
  readonly unread: number;
}

const maxListed = 20;

/**
 * The Go program in sight, where there is exactly one: for a look at a container from within its pid namespace (`kubectl debug --target`).
 * By the build info of the executables, 4 kB each; no port is asked. Several are `mismatch`, listed: memgap must not guess whose memory it
 * shows.
 */
export async function onlyGoProcess(paths: KernelPaths, signal: AbortSignal): Promise<Reading<OnlyGo>> {
  const pids = listPids(paths);
  if (!pids.ok) return pids;
  const mounts = readMounts(paths.procfs);
  const candidates: Candidate[] = [];
  let unread = 0;
  for (const pid of pids.value) {
    const build = await buildInfo.read({ pid, paths, mounts }, signal);
    if (build.ok) candidates.push({ pid, exe: known(readExe(pid, paths)) });
    else if (build.reason === 'denied') unread += 1;
  }
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return found({ pid: only.pid, unread });
  if (only !== undefined)
    return missing('mismatch', `${candidates.length} Go programs are in sight, name one of them: ${listed(candidates)}`);
  if (unread > 0)
    return missing(
      'denied',
      `no Go program can be found: what ${unread} of ${pids.value.length} processes run can't be read; ${neededRight('/proc/PID/exe')}`,
    );
  return missing(
    'not-found',
    `no Go program is in sight, among ${pids.value.length} other processes; in a pod: kubectl debug --target=CONTAINER, or shareProcessNamespace: true`,
  );
}

function listed(candidates: readonly Candidate[]): string {
  const named = candidates.slice(0, maxListed).map(({ pid, exe }) => `${pid} (${printable(exe ?? '?', 80)})`);
  return `${named.join(', ')}${candidates.length > maxListed ? ` and ${candidates.length - maxListed} more` : ''}`;
}
