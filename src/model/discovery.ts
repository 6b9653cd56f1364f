import type { Missing, Reading } from './reading.ts';
import type { TargetConfig } from './target.ts';

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
