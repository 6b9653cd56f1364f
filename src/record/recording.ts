import type { Reading } from '../model/reading.ts';
import type { TargetLabels } from '../model/snapshot.ts';

/** Some polls of one target, with all that was read in them: what a file of `memgap record` holds. */
export interface Recording {
  /** Version and revision of the memgap that made it. */
  readonly memgap: string;
  readonly isAnonymous: boolean;
  readonly target: RecordedTarget;
  readonly procfs: string;
  readonly memoryReads: boolean;
  readonly environ: boolean;
  /** What did not change between the polls. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly polls: readonly RecordedPoll[];
}

/** Which program it was: no credentials, and of the way to its process only whether there was one. */
export interface RecordedTarget {
  readonly name: string;
  readonly labels?: TargetLabels | undefined;
  readonly hasProcess: boolean;
  readonly endpoints: Readonly<Partial<Record<EndpointKind, RecordedEndpoint>>>;
}

type EndpointKind = 'pprof' | 'expvar' | 'metrics';

/** Where it was asked: an address without user info and query, which memgap's configuration takes none of. */
export interface RecordedEndpoint {
  readonly url: string;
  readonly socketPath?: string | undefined;
}

/** One poll: everything by what it means, and of each the first, the second and so on in the order in which they began. */
export interface RecordedPoll {
  /** Unix seconds. */
  readonly at: number;
  /** By source. */
  readonly runs: Readonly<Record<string, readonly RecordedRun[]>>;
  /** By the source that read it, or none, and what it is: `status 4711/status`, ` vmstat`, `cgroup cgroup 1/memory.stat`. */
  readonly reads: Readonly<Record<string, readonly RecordedRead[]>>;
  /** How long something took that decided what was done next, by what it was. */
  readonly seconds: Readonly<Record<string, readonly number[]>>;
}

/** One run of a source. */
export interface RecordedRun {
  readonly seconds: number;
  /** The deadline had passed when it was done. */
  readonly late?: boolean | undefined;
  /** What it came to, where that is kept instead of the texts that it was made of. */
  readonly reading?: Reading<unknown> | undefined;
}

/** What was read: a text, a value (none where there was none), or why there is neither. */
export type RecordedRead =
  | {
      readonly text: string;
      /** It was longer than what is read of it. */
      readonly cut?: boolean | undefined;
      /** The address space that it tells of was gone at its end. */
      readonly torn?: boolean | undefined;
      /** How the reading of it ended. */
      readonly end?: Reading<unknown> | undefined;
    }
  | { readonly value?: unknown }
  | {
      readonly missing: Extract<Reading<never>, { ok: false }>;
      /** Some of it had come. */
      readonly begun?: boolean | undefined;
    };
