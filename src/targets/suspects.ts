import type { ProcessSelector } from '../config/config.ts';
import { known } from '../reading.ts';
import { readProcessAccess } from '../sources/access/process-access.ts';
import type { KernelPaths } from '../sources/source.ts';
import { listenersOn } from './port-owner.ts';
import { bearsName, listPids, readExe } from './processes.ts';

/**
 * The processes that a selector may mean, where memgap has no right to tell: by the name that they bear, or by the user that the listening
 * socket belongs to. A hint for a diagnosis, never a target. Without a selector: all that memgap
 * may not look into, the one that a pod's pause process or an init is last.
 */
export function suspectsOf(selector: ProcessSelector | undefined, paths: KernelPaths): readonly number[] {
  if (selector?.by === 'pid') return [selector.pid];
  const unread = (known(listPids(paths)) ?? []).filter((pid) => isDenied(pid, paths));
  if (selector === undefined) return [...unread.filter((pid) => pid !== 1), ...unread.filter((pid) => pid === 1)];
  if (selector.by === 'exe') return unread.filter((pid) => bearsName(pid, selector.exe, paths));
  if (selector.by === 'cgroup') return [];
  const users = new Set((known(listenersOn(selector.port)) ?? []).map(({ uid }) => uid));
  return unread.filter((pid) => {
    const credentials = known(readProcessAccess({ pid, paths }).credentials);
    return credentials !== undefined && users.has(credentials.uid.effective);
  });
}

function isDenied(pid: number, paths: KernelPaths): boolean {
  const exe = readExe(pid, paths);
  return !exe.ok && exe.reason === 'denied';
}
