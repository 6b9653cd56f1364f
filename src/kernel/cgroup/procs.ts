import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import { createSlices, type Slices } from '../../files/turns.ts';
import type { OtherProcesses } from '../../model/cgroup.ts';
import { found, known, missing, type Reading, reasonOf } from '../../model/reading.ts';
import { ptraceNeeds, type Source } from '../../model/source.ts';
import { type Bytes, bytes } from '../../model/units.ts';
import { fact, wallClock } from '../../tape.ts';
import { readStatus, status } from '../process/status.ts';
import { containerIdentity } from './container-identity.ts';
import type { CgroupPlace } from './locate.ts';
import { partsOf } from './mounts.ts';
import { pidsOf } from './numbers.ts';
import { strangersAmong } from './strangers.ts';
import { type OpenGroup, withGroupsForLong } from './tree.ts';
import { type Residents, visitorsAmong } from './visitors.ts';

const maxProcesses = budgets.groupProcesses.maxEntries;
const maxPids = budgets.groupPids.maxEntries;
const maxGroups = budgets.groupChildren.maxEntries;

const unknown = { rss: undefined, anon: undefined };

/** A group, and who of it was found to be no visitor when it was read before: absent when it is read once. */
export interface AskedGroup extends CgroupPlace {
  readonly residents?: Residents;
}

/** The other processes of the group and of its children: how many, and their resident bytes together. */
export const cgroupProcs = {
  name: 'cgroup_procs',
  without: { needs: ptraceNeeds.read, lost: 'the other processes of the group', families: ['memgap_other_processes'] },
  read(place, signal) {
    return withGroupsForLong(place.tree, ([group]) => readOthers(place, group, signal));
  },
} as const satisfies Source<AskedGroup, OtherProcesses>;

async function readOthers(place: AskedGroup, group: OpenGroup, signal: AbortSignal): Promise<Reading<OtherProcesses>> {
  const { process } = place;
  const slices = createSlices(signal);
  const members = await membersOf(group, slices);
  if (!members.ok) return members;
  const others = members.value.pids.filter((pid) => pid !== process.pid);
  // the target is one of them: where it does not show under its pid, it is one of the nameless
  const targetIsNamed = others.length < members.value.pids.length;
  const nameless = Math.max(0, members.value.nameless - (targetIsNamed ? 0 : 1));
  if (others.length > maxProcesses) return found({ count: others.length + nameless, ...unknown });

  let rss = bytes(0);
  let anon: Bytes | undefined = bytes(0);
  let largest: OtherProcesses['largest'];
  const parents = new Map<number, number>();
  const inodes = new Map<number, number | undefined>();
  const unread: number[] = [];
  for (const pid of others) {
    if (!(await slices.pause())) return timedOut;
    const { reading, inode } = readStatus({ pid, paths: process.paths });
    if (!reading.ok) {
      unread.push(pid);
      continue;
    }
    const { name, parent, vmRss, rssAnon } = reading.value;
    if (parent !== undefined) {
      parents.set(pid, parent);
      inodes.set(pid, inode);
    }
    rss = bytes(rss + vmRss);
    anon = anon === undefined || rssAnon === undefined ? undefined : bytes(anon + rssAnon);
    if (largest === undefined || vmRss > largest.rss) largest = { pid, name, rss: vmRss };
  }
  const details = { strangers: strangersIn(place, parents, inodes, nameless), ...(largest && { largest }) };
  const sums = nameless === 0 ? { rss, anon } : unknown;
  if (unread.length === 0) return found({ count: others.length + nameless, ...sums, ...details });
  // exited in the meantime, or there and hidden (hidepid, a zombie whose threads live on)? The group tells
  const again = await membersOf(group, slices);
  if (!again.ok) return again;
  const now = new Set(again.value.pids);
  const stillThere = unread.filter((pid) => now.has(pid));
  const count = others.length - unread.length + stillThere.length + nameless;
  return found({ count, ...(stillThere.length === 0 ? sums : unknown), ...details });
}

/** In a container's group or a pod's nobody is one. Who has no pid here is none of the target's children, which have. */
function strangersIn(
  { process, membership, residents }: AskedGroup,
  others: ReadonlyMap<number, number>,
  inodes: ReadonlyMap<number, number | undefined>,
  nameless: number,
): number | undefined {
  const { containerId, podUid } = containerIdentity(membership.path);
  if (containerId !== undefined || podUid !== undefined) return 0;
  if (others.size === 0) return nameless;
  const own = known(status.read(process))?.parent;
  if (own === undefined) return undefined;
  const parents = new Map(others).set(process.pid, own);
  const isOfUsers = partsOf(membership.path).includes('user.slice');
  const countIn = (reader: number | undefined) => strangersAmong({ target: process.pid, reader, parents }, isOfUsers);
  const reader = fact('reader', () => readerIn(process.paths.procfs));
  if (countIn(reader) === 0) return nameless;
  const now = wallClock();
  for (const pid of visitorsAmong(inodes, process, now, residents)) if (pid !== reader) parents.delete(pid);
  return nameless + countIn(reader);
}

/** memgap's pid as this procfs counts. */
function readerIn(procfs: string): number | undefined {
  try {
    return Number(readlinkSync(join(procfs, 'self')));
  } catch (error) {
    if (reasonOf(error) === undefined) throw error;
    return undefined;
  }
}

const timedOut = missing('timeout', 'the processes of the group were not all read in time');

interface GroupMembers {
  readonly pids: readonly number[];
  /** Processes outside of memgap's pid namespace, which show as 0. */
  readonly nameless: number;
}

/** The processes of the group and all below it. A threaded v2 child lists none: its processes stand in its parent. */
async function membersOf(group: OpenGroup, slices: Slices): Promise<Reading<GroupMembers>> {
  const pids = new Set<number>();
  let nameless = 0;
  const names = [''];
  for (const name of names) {
    if (!(await slices.pause())) return timedOut;
    const procs = group.read(name === '' ? 'cgroup.procs' : `${name}/cgroup.procs`);
    if (!procs.ok && (name === '' || procs.reason !== 'gone') && procs.reason !== 'unsupported') return procs;
    for (const pid of pidsOf(procs)) {
      if (pid === 0) nameless += 1;
      else pids.add(pid);
    }
    if (pids.size + nameless > maxPids)
      return missing('too-large', `more than ${maxPids} processes stand in the group: memgap does not go through them`);
    const children = group.children(name, maxGroups + 1);
    if (!children.ok && children.reason !== 'gone') return children;
    for (const child of children.ok ? children.value : []) names.push(name === '' ? child : `${name}/${child}`);
    if (names.length > maxGroups)
      return missing('too-large', `the group has more than ${maxGroups} groups below it: memgap does not go through them`);
  }
  return found({ pids: [...pids], nameless });
}
