import { createSlices } from '../files/turns.ts';
import { neededRight } from '../kernel/process/needed-right.ts';
import { listPids, listPidsInSlices, ownPid } from '../kernel/process/pids.ts';
import { stat } from '../kernel/process/stat.ts';
import type { ProcessIdentity } from '../model/process.ts';
import { known, missing, type Reading } from '../model/reading.ts';
import type { KernelPaths, Source } from '../model/source.ts';
import type { ProcessSelector } from '../model/target.ts';
import { printable } from '../untrusted.ts';
import { findInCgroup } from './in-cgroup.ts';
import { describeUnread, portOwners } from './port-owner.ts';
import { bearsName, type Candidate, readExe, runs } from './processes.ts';

/** The one process that a selector means. Several matches are an error that lists them: memgap must not guess whose memory it shows. */
export async function findProcess(selector: ProcessSelector, paths: KernelPaths, signal: AbortSignal): Promise<Reading<ProcessIdentity>> {
  switch (selector.by) {
    case 'pid':
      return findByPid(selector.pid, selector.startTicks, paths);
    case 'exe':
      return findByExe(selector.exe, paths, signal);
    case 'cgroup':
      return findByCgroup(selector.cgroup, paths, signal);
    case 'port':
      return findByPort(selector.port, paths, signal);
  }
}

function findByPid(pid: number, startTicks: number | undefined, paths: KernelPaths): Reading<ProcessIdentity> {
  // whoever gives 1 means the main process of another container; without a shared pid namespace memgap would show its own memory for it
  if (pid === 1 && ownPid(paths.procfs) === 1) {
    return missing(
      'mismatch',
      'pid 1 is memgap itself here, for it sees a pid namespace of its own; in a pod, set shareProcessNamespace: true',
    );
  }
  const process = stat.read({ pid, paths });
  if (!process.ok || startTicks === undefined || process.value.startTicks === startTicks) return process;
  return missing('gone', `process ${pid} ended, and its pid was given to another one`);
}

async function findByCgroup(cgroup: string, paths: KernelPaths, signal: AbortSignal): Promise<Reading<ProcessIdentity>> {
  const matches = await findInCgroup(cgroup, paths, signal);
  return matches.ok ? single(matches.value, `in the cgroup ${printable(cgroup)}`, paths, known(listPids(paths))?.length) : matches;
}

async function findByExe(exe: string, paths: KernelPaths, signal: AbortSignal): Promise<Reading<ProcessIdentity>> {
  const slices = createSlices(signal);
  const pids = await listPidsInSlices(paths, slices);
  if (!pids.ok) return pids;
  const matches: Candidate[] = [];
  const unread: number[] = [];
  for (const pid of pids.value) {
    if (!(await slices.pause())) return missing('timeout', `the processes running ${printable(exe)} were not all checked in time`);
    const link = readExe(pid, paths);
    if (link.ok && runs(link.value, exe)) matches.push({ pid, exe: link.value });
    if (!link.ok && link.reason === 'denied') unread.push(pid);
  }
  const wanted = printable(exe);
  if (matches.length > 0) return single(matches, `running ${wanted}`, paths);
  const hinted = unread.filter((pid) => bearsName(pid, exe, paths));
  if (hinted.length > 0) {
    return missing(
      'denied',
      `a process of that name is there (pid ${hinted.slice(0, 10).join(', ')}), but /proc/PID/exe can't be read: ${neededRight('/proc/PID/exe')}`,
    );
  }
  return missing(
    'not-found',
    `none of the ${pids.value.length} other processes seen here runs ${wanted}${unread.length > 0 ? ` (what ${unread.length} of them run can't be read: ${neededRight('/proc/PID/exe')})` : ''}${inPod(pids.value.length)}`,
  );
}

async function findByPort(port: number, paths: KernelPaths, signal: AbortSignal): Promise<Reading<ProcessIdentity>> {
  const owners = await portOwners(port, paths, signal);
  if (!owners.ok) return owners;
  const { pids, unread } = owners.value;
  if (pids.length === 0)
    return missing('denied', `port ${port} is listened on, but not by a process that memgap can look into: ${describeUnread(unread)}`);
  const candidates = pids.map((pid) => {
    const exe = readExe(pid, paths);
    return { pid, exe: exe.ok ? exe.value : undefined };
  });
  return single(candidates, `listening on port ${port}`, paths);
}

function single(candidates: readonly Candidate[], what: string, paths: KernelPaths, seen = 0): Reading<ProcessIdentity> {
  const [first, ...others] = candidates;
  if (first === undefined) return missing('not-found', `no process ${what} is seen here${inPod(seen)}`);
  if (others.length === 0) return stat.read({ pid: first.pid, paths });
  const named = candidates.slice(0, 10).map(({ pid, exe }) => (exe === undefined ? String(pid) : `${pid} (${printable(exe, 80)})`));
  const more = candidates.length > named.length ? ` and ${candidates.length - named.length} more` : '';
  return missing(
    'mismatch',
    `${candidates.length} processes are ${what}: ${named.join(', ')}${more}; name one of them by pid, by absolute path or by the port that it listens on`,
  );
}

const ownAlone = 2; // other processes that a container of its own has at most: an init, a shell

/** Where memgap sees whom else there is, it is not that which hides the target. */
function inPod(seen: number): string {
  return seen > ownAlone ? ': it has ended, or is not started yet' : '; in a pod, set shareProcessNamespace: true';
}

interface ProcessSought {
  readonly selector: ProcessSelector;
  readonly paths: KernelPaths;
  /** The one that was last found by this selector: that it is gone says nothing of what may be seen from here. */
  readonly previousPid: number | undefined;
}

/** The search for the process is a source like any other: it can be denied, and cost time. */
export const search = {
  name: 'process',
  without: {
    needs: 'sight',
    lost: 'everything but what the endpoints tell: RSS by owner, the container',
    families: ['memgap_rss_bytes', 'memgap_rss_component_bytes', 'memgap_cgroup_memory_bytes', 'memgap_oom_headroom_bytes'],
  },
  async read({ selector, paths, previousPid }, signal) {
    const process = await findProcess(selector, paths, signal);
    if (process.ok || previousPid === undefined || (process.reason !== 'gone' && process.reason !== 'not-found')) return process;
    return missing('gone', `process ${previousPid}, which was watched, has ended, and none is there in its place`);
  },
} satisfies Source<ProcessSought, ProcessIdentity>;
