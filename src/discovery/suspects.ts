import { readProcessAccess } from '../kernel/access/process-access.ts';
import { listPids } from '../kernel/process/pids.ts';
import { known, type Reading } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';
import type { ProcessSelector } from '../model/target.ts';
import { listenersOf, listenersOn } from './port-owner.ts';
import { bearsName, readExe } from './processes.ts';

/**
 * The processes that a selector may mean, where memgap has no right to tell: by the name that they bear, or by the user that the listening
 * socket belongs to. A hint for a diagnosis, never a target. Without a selector: all that memgap
 * may not look into, the one that a pod's pause process or an init is last.
 */
export async function suspectsOf(
  selector: ProcessSelector | undefined,
  paths: KernelPaths,
  signal: AbortSignal,
): Promise<readonly number[]> {
  if (selector?.by === 'pid') return [selector.pid];
  if (selector?.by === 'cgroup') return []; // membership takes no right
  const pids = known(listPids(paths)) ?? [];
  if (selector?.by === 'port') return mayListen(pids, selector.port, paths, signal);
  const unread = pids.filter((pid) => isDenied(readExe(pid, paths)));
  if (selector !== undefined) return unread.filter((pid) => bearsName(pid, selector.exe, paths));
  return [...unread.filter((pid) => pid !== 1), ...unread.filter((pid) => pid === 1)];
}

/** Those of the socket's user of which the open files can't be listed. */
async function mayListen(pids: readonly number[], port: number, paths: KernelPaths, signal: AbortSignal): Promise<readonly number[]> {
  const users = new Set((known(listenersOn(port)) ?? []).map(({ uid }) => uid));
  const suspects: number[] = [];
  for (const pid of pids) {
    const credentials = known(readProcessAccess({ pid, paths }).credentials);
    if (credentials === undefined || !users.has(credentials.uid.effective)) continue;
    if (isDenied(await listenersOf(pid, paths, signal))) suspects.push(pid);
  }
  return suspects;
}

function isDenied(reading: Reading<unknown>): boolean {
  return !reading.ok && reading.reason === 'denied';
}
