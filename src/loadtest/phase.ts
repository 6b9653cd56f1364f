import type { Measure } from './measure.ts';

/** What a load test goes through: once `idle`, then `load` and `after` in turn. */
export type PhaseName = 'idle' | 'load' | 'after';

/** One phase, recorded. */
export interface Phase {
  readonly name: PhaseName;
  /** 0 for `idle`, else which load. */
  readonly cycle: number;
  /** Unix seconds. */
  readonly from: number;
  readonly until: number;
  readonly samples: number;
  readonly floors: Measure;
  readonly peaks: Measure;
  /** Whether the target's heap was collected before its floors were taken. */
  readonly collected: boolean;
}
