import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readMounts } from '../files/mount-trust.ts';
import type { Mounts } from '../files/mountinfo.ts';
import { createSlices, type Slices } from '../files/turns.ts';
import { buildInfo } from '../goruntime/build-info/build-info.ts';
import { readMembership } from '../kernel/cgroup/membership.ts';
import { partsOf } from '../kernel/cgroup/mounts.ts';
import { localFile } from '../kernel/executable/exe-file.ts';
import { listPidsInSlices } from '../kernel/process/pids.ts';
import { stat } from '../kernel/process/stat.ts';
import type { DiscoveryRule } from '../model/config.ts';
import type { ProcessIdentity } from '../model/process.ts';
import { found, known, missing, type Reading } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';
import { createListening, type OwnListeners } from './discover-listening.ts';
import { fits } from './glob.ts';
import { readExe, withoutMark } from './processes.ts';

/** A Go process that a rule means. */
export interface GoProcess {
  readonly identity: ProcessIdentity;
  /** Path of its executable, in its own tree. Hostile. */
  readonly exe: string;
  /** Path of its cgroup, as /proc/PID/cgroup has it. Hostile; empty where there is none. */
  readonly cgroup: string;
  readonly rule: DiscoveryRule;
  readonly listening: OwnListeners;
}

/** What one walk over all processes came to. */
export interface ProcessWalk {
  readonly found: readonly GoProcess[];
  readonly seen: number;
  /** Processes whose executable memgap may not look at. */
  readonly unread: number;
}

interface Judged {
  /** Inode of /proc/PID: the kernel makes one for each process, and now and then a new one for an old process. */
  readonly inode: number;
  readonly link: string;
  /** Device, inode, size and time of the executable. */
  readonly file: string;
  /** Absent: no Go program. */
  readonly identity: ProcessIdentity | undefined;
}

/**
 * Walks over all processes for the Go programs that the rules mean, over and over: what a process runs is looked at once. In slices of 5
 * ms. The link of /proc/PID/exe and the cgroup are the kernel's words; no file is touched of a process that no rule means, and none in
 * memgap that could hang.
 */
export function createProcessWalk(
  rules: readonly DiscoveryRule[],
  paths: KernelPaths,
): (signal: AbortSignal) => Promise<Reading<ProcessWalk>> {
  let judged = new Map<number, Judged>();
  let files = new Map<string, Reading<unknown>>();
  const ports = createListening(paths, new Set(rules.flatMap(portsOf)));

  return async (signal) => {
    const slices = createSlices(signal);
    const pids = await listPidsInSlices(paths, slices);
    if (!pids.ok) return pids;
    const mounts = readMounts(paths.procfs);
    const still = new Map<number, Judged>();
    const processes: GoProcess[] = [];
    let unread = 0;
    ports.begin();
    for (const pid of pids.value) {
      if (!(await slices.pause())) return missing('timeout', 'the walk over all processes was ended before it was done');
      const link = readExe(pid, paths);
      if (!link.ok && link.reason === 'denied') unread += 1;
      const path = link.ok ? withoutMark(link.value) : '';
      if (!link.ok || !rules.some(({ exe }) => fitsExe(exe, path))) continue;
      const verdict = await judge(pid, link.value, mounts, signal);
      if (verdict === undefined) continue;
      still.set(pid, verdict);
      if (verdict.identity === undefined) continue;
      const process = await matched(verdict.identity, path, slices);
      if (process !== undefined) processes.push(process);
    }
    judged = still;
    const used = new Set([...still.values()].map(({ file }) => file));
    files = new Map([...files].filter(([file]) => used.has(file)));
    ports.end();
    return found({ found: processes, seen: pids.value.length, unread });
  };

  /** An exec changes what a process runs, not who it is: the link tells. */
  async function judge(pid: number, link: string, mounts: Mounts, signal: AbortSignal): Promise<Judged | undefined> {
    const folder = join(paths.procfs, String(pid));
    const inode = statSync(folder, { throwIfNoEntry: false })?.ino;
    if (inode === undefined) return undefined;
    const before = judged.get(pid);
    if (before?.inode === inode && before.link === link) return before;
    const process = { pid, paths, mounts };
    const file = localFile(process) ?? join(folder, 'exe');
    const build = files.get(file) ?? (await buildInfo.read(process, signal));
    if (!build.ok && build.reason === 'timeout') return undefined; // its turn at a reader comes at a later walk
    files.set(file, build);
    return { inode, link, file, identity: build.ok ? known(stat.read(process)) : undefined };
  }

  async function matched(identity: ProcessIdentity, exe: string, slices: Slices): Promise<GoProcess | undefined> {
    const cgroup = known(readMembership({ pid: identity.pid, paths }))?.path ?? '';
    const listening = await ports.of(identity, slices);
    const rule = rules.find(
      (each) =>
        fitsExe(each.exe, exe) && fitsCgroup(each.cgroup, cgroup) && (each.port === undefined || listening.on(each.port).length > 0),
    );
    return rule && { identity, exe, cgroup, rule, listening };
  }
}

/** What is asked of a process that a rule means: where it listens. */
function portsOf({ port, go }: DiscoveryRule): readonly number[] {
  return [port, go.pprof?.port, go.expvar?.port, go.metrics?.port].filter((each) => each !== undefined);
}

function fitsExe(pattern: string | undefined, path: string): boolean {
  return pattern === undefined || fits(pattern, pattern.includes('/') ? path : basename(path));
}

function fitsCgroup(pattern: string | undefined, path: string): boolean {
  if (pattern === undefined) return true;
  return pattern.startsWith('/') ? fits(pattern, path) : partsOf(path).some((part) => fits(pattern, part));
}
