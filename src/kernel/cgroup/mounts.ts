import { budgets } from '../../budgets.ts';
import { mountsOf } from '../../files/mountinfo.ts';
import type { Membership } from './membership.ts';

export const maxMounts = budgets.cgroupMounts.maxEntries;
const maxLines = 16 * maxMounts; // cgroup v1 has a mount for each controller

/** A mount of the hierarchy that has the memory controller, as proc_pid_mountinfo(5) tells it. */
export interface CgroupMount {
  readonly id: number;
  /** The group that is the mount's root, relative to the READER's cgroup namespace, like the paths of /proc/PID/cgroup. */
  readonly root: string;
  /** Relative to the root directory of the process that the mountinfo is of. */
  readonly mountPoint: string;
}

/** Where a group can be looked for: a mount, and the group below its mount point. */
export interface Spot {
  /** Compared with `mnt_id` of what was opened; absent when no mountinfo told of it. */
  readonly mountId: number | undefined;
  readonly mountPoint: readonly string[];
  readonly group: readonly string[];
}

/** Pure: the mounts with the memory controller out of the text of a mountinfo, which may be cut off; at most one more than memgap tries. */
export function parseMounts(text: string, version: 1 | 2): readonly CgroupMount[] {
  const mounts: CgroupMount[] = [];
  for (const { id, root, mountPoint, options } of mountsOf(text, version === 1 ? ['cgroup'] : ['cgroup2'], maxLines)) {
    const holds = version === 2 || `,${options},`.includes(',memory,');
    if (holds && mountPoint.startsWith('/')) mounts.push({ id, root, mountPoint });
    if (mounts.length > maxMounts) break;
  }
  return mounts;
}

/**
 * Pure: where the process's group is seen, the nearest mount first. A mount is in question only when its root is the group or above
 * it: that is the proof that it shows this process's group and nobody else's. A container's own mount (its root names a group)
 * IS the container, also where the runtime put the process in a child of it; below a mount of the whole tree the path is walked.
 */
export function spotsOf(mounts: readonly CgroupMount[], { path }: Membership): readonly Spot[] {
  const spots: Array<Spot & { readonly depth: number }> = [];
  for (const { id, root, mountPoint } of mounts) {
    const above = partsOf(root);
    const rest = below(above, partsOf(path));
    if (rest === undefined) continue;
    const wholeTree = above.every((part) => part === '..');
    spots.push({ mountId: id, mountPoint: partsOf(mountPoint), group: wholeTree ? rest : [], depth: above.length });
  }
  // a later mount covers an earlier one at the same place, so it is tried first
  return spots
    .reverse()
    .sort((a, b) => b.depth - a.depth)
    .map(({ mountId, mountPoint, group }) => ({ mountId, mountPoint, group }));
}

/** The parts of a path, `.` and empty ones left out. */
export function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** What is left of `path` below `root`; `undefined` when it is not below it, or would lead out of it again. */
function below(root: readonly string[], path: readonly string[]): readonly string[] | undefined {
  const rest = path.slice(root.length);
  return root.every((part, index) => part === path[index]) && !rest.includes('..') ? rest : undefined;
}
