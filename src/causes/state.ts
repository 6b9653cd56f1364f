import type { Ledger } from '../books/ledger.ts';
import type { Past } from '../history/past.ts';
import type { Missing } from '../model/reading.ts';
import type { LastObservation, OwnPod, TargetLabels } from '../model/snapshot.ts';
import type { Verdicts } from './engine/judge.ts';

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
