import type { Ledger } from '../books/ledger.ts';
import type { Verdicts } from '../causes/engine/judge.ts';
import type { Past } from '../history/past.ts';
import type { Missing, Reading } from './reading.ts';
import type { LastObservation, OwnPod, TargetLabels } from './snapshot.ts';
import type { TargetConfig } from './target.ts';

/** What is known of one target right now. */
export interface TargetState {
  readonly name: string;
  readonly labels: TargetLabels;
  readonly ownPod?: OwnPod | undefined;
  /** `waiting`: not there yet, and no minute has passed; `up`: the last poll gave at least the Go book or the RSS. */
  readonly condition: 'waiting' | 'up' | 'down';
  /** From the last snapshot; absent before the first one and once it is older than three intervals. */
  readonly ledger: Ledger | undefined;
  /** Errors since memgap started, by source and reason. */
  readonly errors: ReadonlyMap<string, ReadonlyMap<Missing, number>>;
  /** How often pid or start time changed, or without a process the run of the Go program: an execve(2) changes none of them. */
  readonly restarts: number;
  /** Of the present process, and of the program that it runs now, only; absent before its first snapshot. */
  readonly past: Past | undefined;
  /** Of the process before the present one, or of the one that is gone when there is none. */
  readonly lastObservation?: LastObservation | undefined;
  /** Of the last snapshot, as `ledger`. */
  readonly verdicts: Verdicts | undefined;
}

/** The latest state of every target, in the order of the configuration. Reading it starts no read of a target. */
export interface Targets {
  all(): readonly TargetState[];
  find(name: string): TargetState | undefined;
}

/** What one scan of the machine came to. */
export interface Discovered {
  /** The longest known come first. */
  readonly targets: readonly TargetConfig[];
  /** How many processes there were. */
  readonly seen: number;
  /** Processes whose executable memgap may not look at. */
  readonly unread: number;
  /** Processes that a rule means, beyond `max_targets`. */
  readonly leftOut: number;
  /** How long it took, in seconds, the API server included. */
  readonly seconds: number;
  /** How the API server did; absent where none is to be asked. */
  readonly api?: { readonly last: Reading<undefined> | undefined; readonly errors: ReadonlyMap<Missing, number> };
}

/** How the discovery does. */
export interface DiscoveryState {
  /** Of the last scan that went well; absent before it. */
  readonly last: Omit<Discovered, 'targets'> | undefined;
  readonly targets: number;
}
