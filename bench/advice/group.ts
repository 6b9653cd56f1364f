import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A memory cgroup of the bench's own, v1 or v2. */
export interface Group {
  readonly path: string;
  /** What starts a command in it: the words to put before the command's own. */
  readonly enter: readonly [string, ...string[]];
  read(): GroupUse;
  pids(): readonly number[];
  /** Kills what is left in it, and takes it away. */
  remove(): Promise<void>;
}

/** What a group uses, in bytes, and what became of it. */
interface GroupUse {
  readonly usage: number;
  /** What the kubelet calls the working set: usage - inactive_file. */
  readonly workingSet: number;
  /** Nothing of it can be written to a file. */
  readonly anonymous: number;
  readonly peak: number;
  readonly oomKills: number;
  readonly refaults: number;
}

const v1 = '/sys/fs/cgroup/memory';
const v2 = '/sys/fs/cgroup';

/** `v1` or `v2`: which of the two has the memory controller here. */
const cgroupVersion = existsSync(v1) ? 'v1' : 'v2';

/** Makes a group below one of this process's own; `limit` in bytes. Needs root. */
export function makeGroup(name: string, limit: number | undefined): Group {
  const above = join(cgroupVersion === 'v1' ? v1 : v2, `memgap-advice-${process.pid}`);
  const path = join(above, name);
  if (!existsSync(above)) {
    sweep(dirname(above));
    mkdirSync(above);
    process.once('exit', () => {
      for (const each of foldersIn(above)) remove(each);
      remove(above);
    });
    if (cgroupVersion === 'v2') writeFileSync(join(above, 'cgroup.subtree_control'), '+memory');
  }
  mkdirSync(path);
  if (limit !== undefined) {
    writeFileSync(join(path, cgroupVersion === 'v1' ? 'memory.limit_in_bytes' : 'memory.max'), String(Math.round(limit)));
    if (cgroupVersion === 'v2' && existsSync(join(path, 'memory.swap.max'))) writeFileSync(join(path, 'memory.swap.max'), '0');
  }
  const pids = () => numbersIn(path);
  return {
    path,
    enter: ['sh', '-c', `echo $$ >${path}/cgroup.procs && exec "$@"`, 'sh'],
    read: () => (cgroupVersion === 'v1' ? readV1(path) : readV2(path)),
    pids,
    remove: async () => {
      for (let turn = 0; turn < 100 && !remove(path); turn += 1) {
        for (const pid of pids()) kill(pid);
        await sleep(50);
      }
    },
  };
}

/** Takes away what others left that a signal ended: their `exit` never came. */
function sweep(root: string): void {
  for (const path of foldersIn(root)) {
    const [, maker] = /^memgap-advice-(\d+)$/.exec(basename(path)) ?? [];
    if (maker === undefined || existsSync(`/proc/${maker}`)) continue;
    for (const each of foldersIn(path)) remove(each);
    remove(path);
  }
}

function foldersIn(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [join(path, each.name)] : []));
}

function numbersIn(path: string): readonly number[] {
  try {
    return readFileSync(join(path, 'cgroup.procs'), 'latin1').trim().split('\n').filter(Boolean).map(Number);
  } catch {
    return []; // it is gone
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

function remove(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return !existsSync(path);
  }
}

// Documentation/admin-guide/cgroup-v1/memory.rst
function readV1(path: string): GroupUse {
  const stat = fieldsOf(path, 'memory.stat');
  const usage = numberOf(path, 'memory.usage_in_bytes');
  return {
    usage,
    workingSet: Math.max(0, usage - (stat.get('total_inactive_file') ?? 0)),
    anonymous: (stat.get('total_rss') ?? 0) + (stat.get('total_shmem') ?? 0),
    peak: numberOf(path, 'memory.max_usage_in_bytes'),
    oomKills: fieldsOf(path, 'memory.oom_control').get('oom_kill') ?? 0,
    refaults: stat.get('workingset_refault_file') ?? 0,
  };
}

// Documentation/admin-guide/cgroup-v2.rst
function readV2(path: string): GroupUse {
  const stat = fieldsOf(path, 'memory.stat');
  const usage = numberOf(path, 'memory.current');
  return {
    usage,
    workingSet: Math.max(0, usage - (stat.get('inactive_file') ?? 0)),
    anonymous: (stat.get('anon') ?? 0) + (stat.get('shmem') ?? 0),
    peak: numberOf(path, 'memory.peak'),
    oomKills: fieldsOf(path, 'memory.events').get('oom_kill') ?? 0,
    refaults: stat.get('workingset_refault_file') ?? 0,
  };
}

function numberOf(path: string, file: string): number {
  return Number(readFileSync(join(path, file), 'latin1'));
}

function fieldsOf(path: string, file: string): ReadonlyMap<string, number> {
  const lines = readFileSync(join(path, file), 'latin1').trim().split('\n');
  return new Map(lines.map((line) => line.split(' ')).map(([name = '', value]) => [name, Number(value)]));
}
