import type { ProcessSelector } from '../config/config.ts';
import { known, type Reading } from '../reading.ts';
import { readProcessAccess } from '../sources/access/process-access.ts';
import { listPids } from '../sources/process/pids.ts';
import type { KernelPaths } from '../sources/source.ts';
import { listenersOf, listenersOn } from './port-owner.ts';
import { bearsName, readExe } from './processes.ts';

/**
 * The processes that a selector may mean, where memgap has no right to tell: by the name that they bear, or by the user that the listening
 * socket belongs to. A hint for a diagnosis, never a target. Without a selector: all that memgap
 * may not look into, the one that a pod's pause process or an init is last.
 */
export function suspectsOf(selector: ProcessSelector | undefined, paths: KernelPaths): readonly number[] {
  if (selector?.by === 'pid') return [selector.pid];
  if (selector?.by === 'cgroup') return []; // membership takes no right
  const pids = known(listPids(paths)) ?? [];
  if (selector?.by === 'port') return pids.filter((pid) => mayListen(pid, selector.port, paths));
  const unread = pids.filter((pid) => isDenied(readExe(pid, paths)));
  if (selector !== undefined) return unread.filter((pid) => bearsName(pid, selector.exe, paths));
  return [...unread.filter((pid) => pid !== 1), ...unread.filter((pid) => pid === 1)];
}

/** Of the socket's user, and its open files can't be listed. */
function mayListen(pid: number, port: number, paths: KernelPaths): boolean {
  const users = (known(listenersOn(port)) ?? []).map(({ uid }) => uid);
  const credentials = known(readProcessAccess({ pid, paths }).credentials);
  return credentials !== undefined && users.includes(credentials.uid.effective) && isDenied(listenersOf(pid, paths));
}

function isDenied(reading: Reading<unknown>): boolean {
  return !reading.ok && reading.reason === 'denied';
}
