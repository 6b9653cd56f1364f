import { search } from '../discovery/find.ts';
import { type CgroupPlace, followCgroup, releaseCgroup } from '../kernel/cgroup/locate.ts';
import { whileOpen } from '../kernel/cgroup/tree.ts';
import type { Residents } from '../kernel/cgroup/visitors.ts';
import type { CgroupPressure } from '../model/cgroup.ts';
import type { ProcessIdentity, ProcessStatus } from '../model/process.ts';
import { known, missing, type Reading } from '../model/reading.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { KernelPaths } from '../model/source.ts';
import type { ProcessSelector } from '../model/target.ts';
import { type Cached, cached } from './cached.ts';
import type { Recorder } from './recorder.ts';
import { sources } from './sources.ts';

/** What is read at each poll, and need not lie between two reads of Go's numbers: what the process did, and its group. */
type GroupReadings = Pick<Snapshot, 'activity' | 'cgroup' | 'events' | 'pressure' | 'others'>;

/** Reads the process of one target. Synchronous underneath: the files are small, and a thread hop costs more than the read. */
export interface ProcessReader {
  /** Who it is: the process of the last poll if it still lives (the same object as long as it runs the same program), else found anew. */
  identify(recorder: Recorder, signal: AbortSignal): Promise<Reading<ProcessIdentity>>;
  status(recorder: Recorder, process: ProcessIdentity, signal: AbortSignal): Promise<Reading<ProcessStatus>>;
  /** What it did, and its group, which Go's numbers are not compared with: it need not lie between two reads of them. */
  group(recorder: Recorder, process: ProcessIdentity, signal: AbortSignal): Promise<GroupReadings>;
  /** Whether it still is that process, after all was read: what was read of two is a reading of none. */
  confirmSameProcess(recorder: Recorder, process: ProcessIdentity, signal: AbortSignal): Promise<Reading<ProcessIdentity>>;
  /** It is not watched any more: nothing is held open for it. */
  close(): void;
}

const noPressure = missing('unsupported', 'cgroup v1 has no memory.pressure');

/** The process of one target, with nothing known of it yet. */
export function createProcessReader(selector: ProcessSelector | undefined, paths: KernelPaths): ProcessReader {
  let current: ProcessIdentity | undefined;
  let previousPid: number | undefined;
  let place: CgroupPlace | undefined;
  let pressure = createPressure();
  let residents: Residents = new Map();

  async function identify(recorder: Recorder, signal: AbortSignal): Promise<Reading<ProcessIdentity>> {
    if (selector === undefined) return missing('disabled', 'no process selector configured (pid, exe, port or cgroup)');
    if (current !== undefined) {
      const now = await recorder.run(sources.stat, { pid: current.pid, paths, identity: current }, signal);
      if (!now.ok && now.reason !== 'gone') return now; // what can't be read now has not ended for that
      if (now.ok && now.value.startTicks === current.startTicks) {
        current = now.value;
        return now;
      }
    }
    leaveGroup();
    pressure = createPressure();
    const process = await recorder.run(search, { selector, paths, previousPid }, signal);
    current = known(process);
    previousPid = current?.pid ?? previousPid;
    return process;
  }

  function leaveGroup(): void {
    releaseCgroup(place);
    place = undefined;
    residents = new Map();
  }

  async function confirmSameProcess(recorder: Recorder, process: ProcessIdentity, signal: AbortSignal): Promise<Reading<ProcessIdentity>> {
    const { pid, startTicks } = process;
    const present = await recorder.run(sources.stat, { pid, paths, identity: process }, signal);
    if (!present.ok || present.value === process) return present;
    if (present.value.startTicks === startTicks) return missing('gone', `process ${pid} became another program while it was read`);
    return missing('gone', `process ${pid} ended, and its pid was given to another one`);
  }

  async function status(recorder: Recorder, { pid }: ProcessIdentity, signal: AbortSignal): Promise<Reading<ProcessStatus>> {
    return recorder.run(sources.status, { pid, paths }, signal);
  }

  async function group(recorder: Recorder, { pid }: ProcessIdentity, signal: AbortSignal): Promise<GroupReadings> {
    const activity = await recorder.run(sources.activity, { pid, paths }, signal);
    const here = await followCgroup({ pid, paths }, place, signal);
    place = known(here);
    if (!here.ok) {
      recorder.refuse(sources.cgroup.name, here);
      return { activity, cgroup: here, events: here, pressure: here, others: here };
    }
    const readings = await whileOpen(here.value.tree, async (tree) => {
      const open = { ...here.value, tree };
      return {
        cgroup: await recorder.run(sources.cgroup, open, signal),
        events: await recorder.run(sources.cgroup_events, open, signal),
        pressure: open.version === 1 ? noPressure : await pressure(recorder, open, signal),
        others: await recorder.run(sources.cgroup_procs, { ...open, residents }, signal),
      };
    });
    if (!readings.cgroup.ok) leaveGroup();
    return { activity, ...readings };
  }

  return { identify, status, group, confirmSameProcess, close: leaveGroup };
}

/** Not tried again where there is none (psi=0): a source that is down for ever would only drown the ones that can be mended. */
function createPressure(): Cached<CgroupPlace, Reading<CgroupPressure>> {
  return cached(async (recorder, place, signal) => recorder.run(sources.cgroup_pressure, place, signal), {
    while: (reading) => !reading.ok && reading.reason === 'unsupported',
    shows: [],
  });
}
