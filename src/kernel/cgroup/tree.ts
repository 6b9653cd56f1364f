import { closeSync, constants, fstatSync, opendirSync, openSync, statfsSync } from 'node:fs';
import { budgets } from '../../budgets.ts';
import { readBoundedText } from '../../files/bounded.ts';
import { linkOfFd, openPath, placeOf } from '../../files/open-path.ts';
import { found, mapReading, missing, type Reading } from '../../model/reading.ts';
import { notRecorded, type Tape, tape } from '../../tape.ts';
import { printable } from '../../untrusted.ts';
import { codeOf, failedRead, fileCap } from '../process/file.ts';

/** statfs(2): CGROUP_SUPER_MAGIC and CGROUP2_SUPER_MAGIC. */
export const cgroupTypes: readonly number[] = [0x27e0eb, 0x63677270];

const maxDepth = budgets.cgroupDepth.maxEntries;
const maxEntries = budgets.groupEntries.maxEntries;

/** Where a group is: of all that is opened on the way only the mount is kept between two reads. */
export interface TreePath {
  /**
   * The mount that shows the group, open with O_PATH: the way to it leads through the target's file systems, and is gone once (reach.ts).
   */
  readonly mount: HeldMount;
  /** The group below it, in parts. */
  readonly group: readonly string[];
  /** The mount that must be found there; unknown where no mountinfo told of it. */
  readonly mountId: number | undefined;
  /** File systems that are taken for a cgroup's: `cgroupTypes`, unless a test has a tree of its own. */
  readonly fsTypes: readonly number[];
  /** The groups themselves, while somebody holds them open (`whileOpen`): opened by the first who asks. */
  readonly groups?: () => Reading<Groups>;
}

/** An open directory, until it is closed. */
export interface HeldMount {
  readonly fd: number;
  /** Where it is, for a person. */
  readonly shown: string;
}

/** A group while it is open. */
export interface OpenGroup {
  /** The path below the mount, printable. */
  readonly path: string;
  /** Whether the mount that was reached is the one of `mountId`. */
  readonly sure: boolean;
  /** The text of one of its files, or of a child's by a relative name. */
  read(name: string): Reading<string>;
  /** The names of its child groups, or of a child's; at most `maxNames`. */
  children(name: string, maxNames: number): Reading<readonly string[]>;
}

/** The own group, and those above it. */
type Groups = readonly [OpenGroup, ...OpenGroup[]];

/**
 * Opens the group and every group above it inside the mount, own first, hands them to `use`, and closes them, unless they are held open
 * already. Walks part by part with O_NOFOLLOW. The mount id tells for certain that the wanted mount was reached, and is compared before any
 * call that a hostile file system (FUSE) could answer.
 */
export function withGroups<T>(tree: TreePath, use: (groups: Groups) => Reading<T>): Reading<T> {
  const open: number[] = [];
  try {
    const groups = tree.groups?.() ?? openGroups(tree, open);
    return groups.ok ? use(groups.value) : groups;
  } catch (error) {
    return failedOpen(error, tree);
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

/** The same for what takes long, and lets others go first. */
export async function withGroupsForLong<T>(tree: TreePath, use: (groups: Groups) => Promise<Reading<T>>): Promise<Reading<T>> {
  const open: number[] = [];
  try {
    const groups = tree.groups?.() ?? openGroups(tree, open);
    return groups.ok ? await use(groups.value) : groups;
  } catch (error) {
    return failedOpen(error, tree);
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

/** The tree for several readers in turn: its groups are opened and proven by the first of them, and closed when `use` is done. */
export async function whileOpen<T>(tree: TreePath, use: (tree: TreePath) => Promise<T>): Promise<T> {
  const open: number[] = [];
  let opened: Reading<Groups> | undefined;
  const groups = () => {
    opened ??= openGroups(tree, open);
    return opened;
  };
  try {
    return await use({ ...tree, groups });
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

function openGroups(tree: TreePath, open: number[]): Reading<Groups> {
  const onTape = tape();
  return onTape === undefined ? openGroupsNow(tree, open) : openOnTape(onTape, tree, open);
}

/** Each file by how many groups lie between its own and the target's: `cgroup 0/memory.stat`. */
function openOnTape(onTape: Tape, tree: TreePath, open: number[]): Reading<Groups> {
  let live: Reading<Groups> | undefined;
  const recorded = onTape.value('cgroup levels', () => {
    live = openGroupsOrWhyNot(tree, open);
    return mapReading(live, ([own, ...above]) => [placeOfGroup(own), ...above.map(placeOfGroup)] as const);
  });
  return mapReading(recorded ?? notRecorded, ([own, ...above]) => [
    groupOnTape(own, 0),
    ...above.map((place, index) => groupOnTape(place, index + 1)),
  ]);

  function groupOnTape(place: Pick<OpenGroup, 'path' | 'sure'>, up: number): OpenGroup {
    const group = live?.ok === true ? live.value[up] : undefined;
    return {
      ...place,
      read: (name) => {
        const text = onTape.text(`cgroup ${up}/${name}`, () =>
          mapReading(group?.read(name) ?? notRecorded, (whole) => ({ text: whole, whole: true })),
        );
        return mapReading(text, (head) => head.text);
      },
      children: (name, maxNames) => {
        const recorded = onTape.value(`cgroup ${up}/${name} children`, () =>
          mapReading(group?.children(name, maxNames) ?? notRecorded, (names) => ({ names })),
        );
        return mapReading(recorded ?? notRecorded, ({ names }) => names);
      },
    };
  }
}

function placeOfGroup({ path, sure }: OpenGroup): Pick<OpenGroup, 'path' | 'sure'> {
  return { path, sure };
}

function openGroupsOrWhyNot(tree: TreePath, open: number[]): Reading<Groups> {
  try {
    return openGroupsNow(tree, open);
  } catch (error) {
    return failedOpen(error, tree);
  }
}

function openGroupsNow(tree: TreePath, open: number[]): Reading<Groups> {
  const where = shownOf(tree);
  const depth = tree.group.length;
  if (depth > maxDepth) return missing('too-large', `${where} lies ${depth} directories deep: memgap follows no more than ${maxDepth}`);
  let fd = openBelow(tree.mount.fd, '.');
  open.push(fd);
  const mount = placeOf(fd).mountId;
  if (tree.mountId !== undefined && mount !== undefined && mount !== tree.mountId) {
    return missing('mismatch', `another mount lies over the cgroup mount at ${where}`);
  }
  if (!tree.fsTypes.includes(statfsSync(linkOfFd(fd)).type)) return missing('mismatch', `no cgroup file system is mounted at ${where}`);
  const sure = mount !== undefined && mount === tree.mountId;
  let nearest = openGroup(fd, '/', sure, mount);
  const above: OpenGroup[] = [];
  for (const [index, part] of tree.group.entries()) {
    fd = openBelow(fd, part);
    open.push(fd);
    if (placeOf(fd).mountId !== mount) return missing('mismatch', `another mount lies over a group at ${where}`);
    above.unshift(nearest);
    nearest = openGroup(fd, printable(`/${tree.group.slice(0, index + 1).join('/')}`), sure, mount);
  }
  return found([nearest, ...above]);
}

function failedOpen(error: unknown, tree: TreePath): Reading<never> {
  const where = shownOf(tree);
  if (codeOf(error) !== 'ENOTDIR') return failedRead(error, where);
  return missing('malformed', `${where}: a part of it is no directory (memgap follows no symbolic link there)`);
}

function shownOf({ mount, group }: TreePath): string {
  return printable(group.length === 0 ? mount.shown : `/${group.join('/')} of ${mount.shown}`, 512);
}

function openGroup(fd: number, path: string, sure: boolean, mount: number | undefined): OpenGroup {
  return {
    path,
    sure,
    read(name) {
      return readBelow(fd, name, mount, path);
    },
    children(name, maxNames) {
      return listBelow(fd, name, maxNames, path);
    },
  };
}

/** Reads one file: first a look at what it is (opening a device can have effects, opening a FIFO can block), then its content. */
function readBelow(directory: number, name: string, mount: number | undefined, group: string): Reading<string> {
  const what = printable(`${name} of the group ${group}`);
  const open: number[] = [];
  try {
    const place = openSync(`${linkOfFd(directory)}/${name}`, openPath | constants.O_NOFOLLOW);
    open.push(place);
    if (placeOf(place).mountId !== mount) return missing('mismatch', `another mount lies over ${what}`);
    if (!fstatSync(place).isFile()) return missing('malformed', `${what} is not a regular file`);
    const fd = openSync(linkOfFd(place), constants.O_RDONLY | constants.O_NONBLOCK);
    open.push(fd);
    const { text, whole } = readBoundedText(fd, fileCap);
    return whole ? found(text) : missing('too-large', `${what} is longer than ${fileCap} bytes`);
  } catch (error) {
    return failedRead(error, what);
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

function listBelow(directory: number, name: string, maxNames: number, group: string): Reading<readonly string[]> {
  const what = printable(`${name === '' ? 'the child groups' : name} of the group ${group}`);
  const names: string[] = [];
  try {
    const entries = opendirSync(name === '' ? linkOfFd(directory) : `${linkOfFd(directory)}/${name}`);
    try {
      let entriesRead = 0;
      for (let entry = entries.readSync(); entry !== null && names.length < maxNames; entry = entries.readSync()) {
        entriesRead += 1;
        if (entriesRead > maxEntries) return missing('too-large', `${what} stand among more than ${maxEntries} entries`);
        if (entry.isDirectory()) names.push(entry.name);
      }
    } finally {
      entries.closeSync();
    }
    return found(names);
  } catch (error) {
    return failedRead(error, what);
  }
}

/** Opens a place below an open directory, and follows no link. Throws what open(2) throws. */
export function openBelow(directory: number, part: string): number {
  return openSync(`${linkOfFd(directory)}/${part}`, openPath | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}
