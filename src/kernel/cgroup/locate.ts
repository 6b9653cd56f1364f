import { closeSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import { readMounts } from '../../files/mount-trust.ts';
import type { Mounts } from '../../files/mountinfo.ts';
import { whatIsInTheWay } from '../../files/own-file.ts';
import { found, mapReading, missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { notRecorded, tape } from '../../tape.ts';
import { printable } from '../../untrusted.ts';
import { failedRead, readHead } from '../process/file.ts';
import { type Membership, readMembership } from './membership.ts';
import { maxMounts, parseMounts, partsOf, type Spot, spotsOf } from './mounts.ts';
import { pidsOf } from './numbers.ts';
import { reach } from './reach.ts';
import { cgroupTypes, type OpenGroup, type TreePath, withGroups } from './tree.ts';

/** The target's own memory group, found and proven. Holds its mount open: `releaseCgroup` when it is not needed any more. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  /** Below /proc/PID/root, or by the path of /proc/PID/cgroup below `--path.cgroupfs`. */
  readonly via: 'root' | 'path';
  readonly process: ProcessHandle;
  readonly membership: Membership;
  readonly tree: TreePath;
}

const mountinfoCap = budgets.mountinfo.maxBytes;

/**
 * The place for the next poll: `previous` while the process is still in that group, else found anew, and `previous` released. Give no
 * `previous` for a new identity, nor after a read of it that failed: release it.
 */
export async function followCgroup(
  process: ProcessHandle,
  previous: CgroupPlace | undefined,
  signal: AbortSignal,
): Promise<Reading<CgroupPlace>> {
  const onTape = tape();
  if (onTape === undefined) return follow(process, previous, signal);
  let live: Reading<CgroupPlace> | undefined;
  const recorded = await onTape.valueLater('cgroup place', async () => {
    live = await follow(process, previous, signal);
    return mapReading(live, ({ version, via, membership, tree }) => ({
      version,
      via,
      membership,
      group: tree.group,
      shown: tree.mount.shown,
    }));
  });
  const replayed = mapReading(recorded ?? notRecorded, ({ group, shown, ...place }) => ({
    ...place,
    process,
    tree: { mount: { fd: nothingOpen, shown }, group, mountId: undefined, fsTypes: [] },
  }));
  return live ?? replayed;
}

/** The mount of a group that is replayed. */
const nothingOpen = -1;

async function follow(process: ProcessHandle, previous: CgroupPlace | undefined, signal: AbortSignal): Promise<Reading<CgroupPlace>> {
  if (previous === undefined) return locateCgroup(process, signal);
  const membership = readMembership(process);
  const { version, path } = previous.membership;
  const isSame =
    previous.process.pid === process.pid && membership.ok && membership.value.version === version && membership.value.path === path;
  if (isSame) return found(previous);
  releaseCgroup(previous);
  return membership.ok ? locateCgroup(process, signal) : membership;
}

/** Closes what a place holds open; once, and never undefined twice over: a number of a descriptor is soon another's. */
export function releaseCgroup(place: CgroupPlace | undefined): void {
  if (place !== undefined && place.tree.mount.fd !== nothingOpen) closeSync(place.tree.mount.fd);
}

/**
 * Finds the memory group of a process: below its own root directory (right of a sidecar with the same uid and gid), or by its path, where
 * that is the only way or shows more of the tree: on a node the pod's group above the container's, whose limit counts as well. Never
 * memgap's own group in place of one that could not be read: a group that is not proven to be the target's is none.
 */
export async function locateCgroup(
  process: ProcessHandle,
  signal: AbortSignal,
  fsTypes: readonly number[] = cgroupTypes,
): Promise<Reading<CgroupPlace>> {
  const membership = readMembership(process);
  if (!membership.ok) return membership;
  const search = { process, membership: membership.value, fsTypes, mounts: readMounts(process.paths.procfs), signal };
  const byPath = await belowCgroupfs(search);
  const below = await belowRoot(search);
  if (below.ok && byPath.ok) {
    const isHigher = levels(byPath.value) > levels(below.value);
    releaseCgroup(isHigher ? below.value : byPath.value);
    return isHigher ? byPath : below;
  }
  if (below.ok) return below;
  if (byPath.ok) return byPath;
  if (below.reason === 'unsupported') return below;
  if (byPath.reason === 'unsupported') return byPath; // proven, and the root group
  if (below.reason === 'denied') {
    return missing(
      'denied',
      `${below.detail}, with shareProcessNamespace in a pod; nor can the group be found by its path (${byPath.detail}): ` +
        "that takes hostPID and --path.cgroupfs at the host's /sys/fs/cgroup",
    );
  }
  return missing(below.reason, `${below.detail}; and by its path: ${byPath.detail}`);
}

interface Search {
  readonly process: ProcessHandle;
  readonly membership: Membership;
  readonly fsTypes: readonly number[];
  readonly mounts: Mounts;
  readonly signal: AbortSignal;
}

/** How many groups can be read: this one, and those above it up to the mount. */
function levels({ tree }: CgroupPlace): number {
  return tree.group.length + 1;
}

/** By the target's own mounts: what a container sees at /sys/fs/cgroup is its own group. */
async function belowRoot(search: Search): Promise<Reading<CgroupPlace>> {
  const { process, membership } = search;
  const base = join(process.paths.procfs, String(process.pid), 'root');
  const mountinfo = readHead(join(process.paths.procfs, String(process.pid), 'mountinfo'), mountinfoCap);
  const mounts = mountinfo.ok ? parseMounts(mountinfo.value.text, membership.version) : [];
  if (mounts.length > maxMounts) return tooManyMounts;
  if (mountinfo.ok && mounts.length === 0 && !mountinfo.value.whole) return tooLong;
  const defaultSpot = {
    mountId: undefined,
    mountPoint: partsOf(membership.version === 1 ? 'sys/fs/cgroup/memory' : 'sys/fs/cgroup'),
    group: [],
  };
  const spots = mounts.length > 0 ? spotsOf(mounts, membership) : [defaultSpot];
  return firstProven(search, 'root', base, spots);
}

/** By memgap's own mounts at or below `--path.cgroupfs`. */
async function belowCgroupfs(search: Search): Promise<Reading<CgroupPlace>> {
  const { process, membership } = search;
  const { cgroupfs } = process.paths;
  const inTheWay = whatIsInTheWay(cgroupfs);
  if (inTheWay !== undefined) return missing('unsupported', `the way to ${cgroupfs} leads through ${inTheWay}, which may hang`);
  let top: string;
  try {
    top = realpathSync(cgroupfs);
  } catch (error) {
    return failedRead(error, cgroupfs);
  }
  const mountinfo = readHead('/proc/self/mountinfo', mountinfoCap);
  if (!mountinfo.ok) return mountinfo;
  const all = parseMounts(mountinfo.value.text, membership.version);
  if (all.length > maxMounts) return tooManyMounts;
  if (all.length === 0 && !mountinfo.value.whole) return tooLong;
  const mounts = all.filter(({ mountPoint }) => mountPoint === top || mountPoint.startsWith(`${top}/`));
  return firstProven(search, 'path', '/', spotsOf(mounts, membership));
}

const tooManyMounts = missing('too-large', `more than ${maxMounts} cgroups are mounted: memgap does not try them`);
const tooLong = missing('too-large', `no cgroup is mounted within the first ${mountinfoCap} bytes of mountinfo, and memgap reads no more`);

async function firstProven(
  { process, membership, fsTypes, mounts, signal }: Search,
  via: CgroupPlace['via'],
  base: string,
  spots: readonly Spot[],
): Promise<Reading<CgroupPlace>> {
  const { version, path } = membership;
  const { pid, paths } = process;
  let failure: Reading<never> = missing(
    'mismatch',
    `no cgroup v${version} mount ${via === 'root' ? `below ${base}` : `of memgap's own at ${paths.cgroupfs}`} shows for certain the group ${printable(path)} of process ${pid}`,
  );
  for (const [index, { mountPoint, group, mountId }] of spots.entries()) {
    const reached = await reach({ base, parts: mountPoint, pid: via === 'root' ? pid : undefined, mounts }, signal);
    const place = reached.ok
      ? prove({ version, via, process, membership, tree: { mount: reached.value, group, mountId, fsTypes } })
      : reached;
    if (place.ok) return place;
    if (reached.ok) closeSync(reached.value.fd);
    if (index === 0) failure = place; // the nearest mount's trouble is the one to tell
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
        `process ${place.process.pid} does not stand in cgroup.procs of the group ${path} found at ${place.tree.mount.shown}`,
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

/**
 * v2's root has no memory.current. v1's has one, of the whole machine, without a limit; the kernel marks it by a file of its own
 * (CFTYPE_ONLY_ON_ROOT), which is looked for where it can be only: a group below another one is no root.
 */
export function isRootGroup(version: 1 | 2, group: OpenGroup): boolean {
  return version === 1 && group.path === '/' && group.read('cgroup.sane_behavior').ok;
}
