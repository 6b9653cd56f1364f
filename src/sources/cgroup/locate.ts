import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { found, missing, type Reading } from '../../reading.ts';
import { printable } from '../../untrusted.ts';
import { failedRead, readHead } from '../process/file.ts';
import type { ProcessHandle } from '../source.ts';
import { type Membership, readMembership } from './membership.ts';
import { parseMounts, partsOf, type Spot, spotsOf } from './mounts.ts';
import { pidsOf } from './pids.ts';
import { cgroupTypes, type OpenGroup, type TreePath, withGroups } from './tree.ts';

/** The target's own memory group, found and proven. Holds nothing open. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  /** Below /proc/PID/root, or by the path of /proc/PID/cgroup below `--path.cgroupfs`. */
  readonly via: 'root' | 'path';
  readonly process: ProcessHandle;
  readonly membership: Membership;
  readonly tree: TreePath;
}

/** A busy node's mountinfo is long: every container's overlay stands in it. The cgroup mounts come early. */
const mountinfoCap = 4 * 1024 * 1024;

/**
 * The place for the next poll: `previous` while the process is still in that group, else found anew. Give no `previous` for a new
 * identity, nor after a read of it that failed.
 */
export function followCgroup(process: ProcessHandle, previous: CgroupPlace | undefined): Reading<CgroupPlace> {
  if (previous === undefined || previous.process.pid !== process.pid) return locateCgroup(process);
  const membership = readMembership(process);
  if (!membership.ok) return membership;
  const { version, path } = previous.membership;
  return membership.value.version === version && membership.value.path === path ? found(previous) : locateCgroup(process);
}

/**
 * Finds the memory group of a process: below its own root directory (right of a sidecar with the same uid and gid), or by its path, where that
 * is the only way or shows more of the tree: on a node the pod's group above the container's, whose limit counts as well. Never memgap's own
 * group in place of one that could not be read: a group that is not proven to be the target's is none.
 */
export function locateCgroup(process: ProcessHandle, fsTypes: readonly number[] = cgroupTypes): Reading<CgroupPlace> {
  const membership = readMembership(process);
  if (!membership.ok) return membership;
  const below = belowRoot(process, membership.value, fsTypes);
  const byPath = belowCgroupfs(process, membership.value, fsTypes);
  if (below.ok) return byPath.ok && levels(byPath.value) > levels(below.value) ? byPath : below;
  if (byPath.ok) return byPath;
  if (below.reason === 'unsupported') return below;
  if (byPath.reason === 'unsupported') return byPath; // proven, and the root group
  if (below.reason === 'denied') {
    return missing(
      'denied',
      `${below.detail}, with shareProcessNamespace in a pod; nor can the group be told by its path (${byPath.detail}): ` +
        "that takes hostPID and --path.cgroupfs at the host's /sys/fs/cgroup",
    );
  }
  return missing(below.reason, `${below.detail}; and by its path: ${byPath.detail}`);
}

/** How many groups can be read: this one, and those above it up to the mount. */
function levels({ tree }: CgroupPlace): number {
  return tree.group.length + 1;
}

/** By the target's own mounts: what a container sees at /sys/fs/cgroup is its own group. */
function belowRoot(process: ProcessHandle, membership: Membership, fsTypes: readonly number[]): Reading<CgroupPlace> {
  const base = join(process.paths.procfs, String(process.pid), 'root');
  const mountinfo = readHead(join(process.paths.procfs, String(process.pid), 'mountinfo'), mountinfoCap);
  const mounts = mountinfo.ok ? parseMounts(mountinfo.value.text, membership.version) : [];
  const usual = { mountId: undefined, mountPoint: partsOf(membership.version === 1 ? 'sys/fs/cgroup/memory' : 'sys/fs/cgroup'), group: [] };
  const spots = mounts.length > 0 ? spotsOf(mounts, membership) : [usual];
  return firstProven({ process, membership, via: 'root' }, base, spots, fsTypes);
}

/** By memgap's own mounts at or below `--path.cgroupfs`. */
function belowCgroupfs(process: ProcessHandle, membership: Membership, fsTypes: readonly number[]): Reading<CgroupPlace> {
  const { cgroupfs } = process.paths;
  let top: string;
  try {
    top = realpathSync(cgroupfs);
  } catch (error) {
    return failedRead(error, cgroupfs);
  }
  const mountinfo = readHead('/proc/self/mountinfo', mountinfoCap);
  if (!mountinfo.ok) return mountinfo;
  const mounts = parseMounts(mountinfo.value.text, membership.version).filter(
    ({ mountPoint }) => mountPoint === top || mountPoint.startsWith(`${top}/`),
  );
  return firstProven({ process, membership, via: 'path' }, '/', spotsOf(mounts, membership), fsTypes);
}

function firstProven(
  found: Pick<CgroupPlace, 'process' | 'membership' | 'via'>,
  base: string,
  spots: readonly Spot[],
  fsTypes: readonly number[],
): Reading<CgroupPlace> {
  const { version, path } = found.membership;
  const { pid, paths } = found.process;
  let failure: Reading<never> = missing(
    'mismatch',
    `no cgroup v${version} mount ${found.via === 'root' ? `below ${base}` : `of memgap's own at ${paths.cgroupfs}`} shows for certain the group ${printable(path)} of process ${pid}`,
  );
  for (const [index, spot] of spots.entries()) {
    const place = { ...found, version, tree: { base, ...spot, fsTypes } };
    const proven = prove(place);
    if (proven.ok) return proven;
    if (index === 0) failure = proven; // the nearest mount's trouble is the one to tell
  }
  return failure;
}

/** Opens the group, and settles on the nearest group at or above it that has accounts of its own. */
function prove(place: CgroupPlace): Reading<CgroupPlace> {
  return withGroups(place.tree, (groups) => {
    // without the kernel's word on which mount was reached, only the process's own pid will do
    const [{ path, sure, read }] = groups;
    if (!sure && !pidsOf(read('cgroup.procs')).includes(place.process.pid)) {
      return missing(
        'mismatch',
        `process ${place.process.pid} does not stand in cgroup.procs of the group ${path} found at ${place.tree.base}`,
      );
    }
    for (const [up, group] of groups.entries()) {
      const accounts = group.read(place.version === 1 ? 'memory.usage_in_bytes' : 'memory.current');
      if (!accounts.ok && accounts.reason !== 'gone') return accounts;
      if (accounts.ok && !isRootGroup(place.version, group)) {
        return found({ ...place, tree: { ...place.tree, group: place.tree.group.slice(0, place.tree.group.length - up) } });
      }
    }
    return missing(
      'unsupported',
      `no group at or above ${path} has memory accounts: process ${place.process.pid} is in the root group of the machine, ` +
        'or the memory controller is not enabled for its group',
    );
  });
}

/** v2's root has no memory.current. v1's has one, of the whole machine, without a limit; the kernel marks it by a file of its own. */
export function isRootGroup(version: 1 | 2, group: OpenGroup): boolean {
  return version === 1 && group.read('cgroup.sane_behavior').ok;
}
