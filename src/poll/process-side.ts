import type { ProcessSelector } from '../model/target.ts';
import { known, missing, type Reading } from '../reading.ts';
import type {
  BuildInfo,
  CgroupEvents,
  CgroupNumbers,
  CgroupPressure,
  OtherProcesses,
  ProcessActivity,
  ProcessIdentity,
  ProcessLimits,
  ProcessStatus,
} from '../snapshot.ts';
import { type CgroupPlace, followCgroup, releaseCgroup } from '../sources/cgroup/locate.ts';
import { sources } from '../sources/index.ts';
import type { KernelPaths } from '../sources/source.ts';
import { search } from '../targets/search.ts';
import type { Recorder } from './recorder.ts';

/** What is read at each poll, and need not lie between two reads of Go's numbers: what the process did, and its group. */
interface GroupReadings {
  readonly activity: Reading<ProcessActivity>;
  readonly cgroup: Reading<CgroupNumbers>;
  readonly events: Reading<CgroupEvents>;
  readonly pressure: Reading<CgroupPressure>;
  readonly others: Reading<OtherProcesses>;
}

/** What is read of the process and its group at each poll. */
export interface ProcessReadings extends GroupReadings {
  readonly status: Reading<ProcessStatus>;
}

/** What is read once of a program, for it can't change. */
interface ProcessFacts {
  readonly build: Reading<BuildInfo>;
  readonly limits: Reading<ProcessLimits>;
}

/** Reads the process of one target. Synchronous underneath: the files are small, and a thread hop costs more than the read. */
export interface ProcessSide {
  /** Who it is: the process of the last poll if it still lives (the same object as long as it runs the same program), else found anew. */
  identify(recorder: Recorder, signal: AbortSignal): Promise<Reading<ProcessIdentity>>;
  /** `name` is the process's own of status: an exec mostly changes it, also where the kernel hides which program it is. */
  facts(recorder: Recorder, identity: ProcessIdentity, name: string | undefined, signal: AbortSignal): Promise<ProcessFacts>;
  status(recorder: Recorder, identity: ProcessIdentity, signal: AbortSignal): Promise<Reading<ProcessStatus>>;
  /** Its group, which Go's numbers are not compared with: it need not lie between two reads of them. */
  group(recorder: Recorder, identity: ProcessIdentity, signal: AbortSignal): Promise<GroupReadings>;
  /** Whether it still is that process, after all was read: what was read of two is a reading of none. */
  still(identity: ProcessIdentity, recorder: Recorder, signal: AbortSignal): Promise<Reading<ProcessIdentity>>;
  /** It is not watched any more: nothing is held open for it. */
  close(): void;
}

const noPressure = missing('unsupported', 'cgroup v1 has no memory.pressure');

/** The process side of one target. `memoryReads` lets it tell the build of an executable that lies on a file system that may hang. */
export function createProcessSide(selector: ProcessSelector | undefined, paths: KernelPaths, memoryReads = false): ProcessSide {
  let kept: ProcessIdentity | undefined;
  let former: number | undefined;
  let facts: { readonly known: ProcessFacts; readonly name: string | undefined; readonly outcomes: Recorder['outcomes'] } | undefined;
  let place: CgroupPlace | undefined;
  let lacking: Reading<never> | undefined;

  async function identify(recorder: Recorder, signal: AbortSignal): Promise<Reading<ProcessIdentity>> {
    if (selector === undefined) return missing('disabled', 'no process is configured: it is not told by pid, exe, port or cgroup');
    if (kept !== undefined) {
      const now = await recorder.run(sources.stat, { pid: kept.pid, paths, identity: kept }, signal);
      if (!now.ok && now.reason !== 'gone') return now; // what can't be read now has not ended for that
      if (now.ok && now.value.startTicks === kept.startTicks) {
        if (now.value !== kept) facts = undefined;
        kept = now.value;
        return now;
      }
    }
    kept = undefined;
    facts = undefined;
    leaveGroup();
    lacking = undefined;
    const process = await recorder.run(search, { selector, paths, former }, signal);
    kept = known(process);
    former = kept?.pid ?? former;
    return process;
  }

  function leaveGroup(): void {
    releaseCgroup(place);
    place = undefined;
  }

  async function still(identity: ProcessIdentity, recorder: Recorder, signal: AbortSignal): Promise<Reading<ProcessIdentity>> {
    const present = await recorder.run(sources.stat, { pid: identity.pid, paths, identity }, signal);
    if (!present.ok || present.value === identity) return present;
    const { pid, startTicks } = identity;
    if (present.value.startTicks === startTicks) return missing('gone', `process ${pid} became another program while it was read`);
    return missing('gone', `process ${pid} ended, and its pid was given to another one`);
  }

  async function factsOf(
    recorder: Recorder,
    { pid }: ProcessIdentity,
    name: string | undefined,
    signal: AbortSignal,
  ): Promise<ProcessFacts> {
    if (facts !== undefined && facts.name === name) {
      for (const source of [sources.build_info, sources.limits]) recorder.repeat(source.name, facts.outcomes[source.name]);
      return facts.known;
    }
    const build = await recorder.run(sources.build_info, { pid, paths, memoryReads }, signal);
    const limits = await recorder.run(sources.limits, { pid, paths }, signal);
    const known = { build, limits };
    // a right can be granted later, a build can't change
    if (build.ok || build.reason === 'unsupported') facts = { known, name, outcomes: recorder.outcomes };
    return known;
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
    const readings = {
      activity,
      cgroup: await recorder.run(sources.cgroup, here.value, signal),
      events: await recorder.run(sources.cgroup_events, here.value, signal),
      pressure: await readPressure(recorder, here.value, signal),
      others: await recorder.run(sources.cgroup_procs, here.value, signal),
    };
    if (!readings.cgroup.ok) leaveGroup();
    return readings;
  }

  /** Not tried where there is none (v1, psi=0): a source that is down for ever would only drown the ones that can be mended. */
  async function readPressure(recorder: Recorder, here: CgroupPlace, signal: AbortSignal): Promise<Reading<CgroupPressure>> {
    if (here.version === 1) return noPressure;
    if (lacking !== undefined) return lacking;
    const pressure = await recorder.run(sources.cgroup_pressure, here, signal);
    if (!pressure.ok && pressure.reason === 'unsupported') lacking = pressure;
    return pressure;
  }

  return { identify, facts: factsOf, status, group, still, close: leaveGroup };
}
