import type { CgroupEvents, CgroupNumbers, CgroupPressure, OtherProcesses } from './cgroup.ts';
import type { BuildInfo, GoEnvironment, GoNumbers, ProfileCounts } from './go.ts';
import type { MallocHeld, SmapsRollup } from './mapping.ts';
import type { OpenFiles, ProcessActivity, ProcessIdentity, ProcessLimits, ProcessStatus } from './process.ts';
import type { Reading } from './reading.ts';
import type { Bytes } from './units.ts';

/** A reading that is made more rarely than the snapshot, with the time it was made (Unix seconds). */
export interface Aged<T> {
  readonly value: T;
  readonly at: number;
}

/** How one source did in the snapshot. One that is not configured, or was not tried, has no entry. */
export type SourceOutcome = { readonly seconds: number } & (
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: Extract<Reading<never>, { ok: false }>['reason']; readonly detail: string }
);

/** How far the Go numbers moved while the process was read between them. */
export interface Bracket {
  /** |used after - used before|. */
  readonly skew: Bytes;
  readonly stable: boolean;
  readonly attempts: number;
}

/** Labels of a target, beside its name, where a discovery knows them. */
export interface TargetLabels {
  readonly namespace?: string;
  readonly pod?: string;
  readonly container?: string;
}

/** The pod that a target shares with memgap. No label of its series: a sidecar's have the pod's from the scrape. */
export interface OwnPod {
  readonly namespace: string;
  readonly pod: string;
}

/** All readings of one target, taken together. */
export interface Snapshot {
  readonly target: string;
  readonly labels: TargetLabels;
  readonly ownPod?: OwnPod | undefined;
  /** Unix seconds. */
  readonly takenAt: number;
  readonly process: Reading<ProcessIdentity>;
  readonly go: Reading<GoNumbers>;
  /** Which Go source `go` came from: a name of the list of sources. */
  readonly goSource: string | undefined;
  /** Read only where `go` does not tell the settings. */
  readonly environment: Reading<GoEnvironment>;
  readonly bracket: Reading<Bracket>;
  readonly profiles: Reading<ProfileCounts>;
  readonly build: Reading<BuildInfo>;
  readonly status: Reading<ProcessStatus>;
  readonly activity: Reading<ProcessActivity>;
  readonly openFiles: Reading<Aged<OpenFiles>>;
  /** Read only where memory reads are allowed and C's malloc holds a good part of what is resident. */
  readonly mallocHeld?: Reading<Aged<MallocHeld>>;
  readonly limits: Reading<ProcessLimits>;
  readonly rollup: Reading<Aged<SmapsRollup>>;
  readonly cgroup: Reading<CgroupNumbers>;
  readonly events: Reading<CgroupEvents>;
  readonly pressure: Reading<CgroupPressure>;
  readonly others: Reading<OtherProcesses>;
  /** The bracketed word of /sys/kernel/mm/transparent_hugepage/enabled. */
  readonly kernelThp: Reading<string>;
  /** OOM kills on this machine since it started, in whatever group; absent where the kernel does not tell it. */
  readonly machineOomKills?: number | undefined;
  readonly sources: Readonly<Record<string, SourceOutcome>>;
}

/**
 * The last that was seen of a process that is gone: an OOM kill of a container's main process ends its group, and leaves no other trace.
 */
export interface LastObservation {
  readonly pid: number;
  /** Unix seconds, both. */
  readonly startTime: number;
  readonly takenAt: number;
  readonly rss: Bytes | undefined;
  readonly used: Bytes | undefined;
  /** The container's usage, its limit, the room that was left before an OOM kill, and the highest usage of the group so far. */
  readonly usage: Bytes | undefined;
  readonly limit: Bytes | undefined;
  readonly headroom: Bytes | undefined;
  readonly peak: Bytes | undefined;
  /** The most, of all that was seen of it, that could not be taken back, and that was not Go's of that. */
  readonly unreclaimable: Bytes | undefined;
  readonly notGo: Bytes | undefined;
  /** The same with the heap at its goal, and the file pages that it used (history/figures.ts: `at_goal`, `files_in_use`). */
  readonly atGoal?: Bytes | undefined;
  readonly filesInUse?: Bytes | undefined;
  /** OOM kills in its group so far. */
  readonly oomKills?: number | undefined;
  readonly machineOomKills?: number | undefined;
  /** What of it rose most while it was watched, in words. */
  readonly grew?: { readonly what: string; readonly size: number } | undefined;
}
