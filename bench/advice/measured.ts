import type { Bounds } from './conditions.ts';
import type { Squeezed } from './squeeze.ts';
import type { Size } from './subject.ts';
import type { Trial } from './trial.ts';

/** memgap, by what it had seen: one look, ten polls, an OOM kill, a program that starves; and two published rules. */
export type Giver = 'look' | 'polls' | 'killed' | 'starved' | 'vpa' | 'krr';

/** A size that somebody gives, and what came of it. */
export interface Given {
  readonly by: Giver;
  readonly size?: Size;
  /** Why there is none. */
  readonly why?: string;
  /** `right_size` of memgap's document. */
  readonly document?: object;
  readonly misses: readonly string[];
  readonly trials: readonly Trial[];
}

/** All that is known of one program. */
export interface Measured {
  readonly name: string;
  readonly kind: string;
  /** Starts without a limit, and the bounds that they set. */
  readonly free: readonly Trial[];
  readonly bounds: Bounds;
  /** Limits that were too small, and what came of them. */
  readonly squeezed: readonly Pick<Squeezed, 'limit' | 'came'>[];
  readonly given: readonly Given[];
  /** The least limit that keeps the bounds. */
  readonly least?: number;
  /** Every start that the search for it made. */
  readonly searched: readonly Trial[];
  readonly seconds: number;
  readonly at: string;
  /** The memgap that was asked. */
  readonly memgap: string;
}

/** For a person. */
export const titles: Readonly<Record<Giver, string>> = {
  look: 'one snapshot',
  polls: 'ten polls',
  killed: 'after a kill',
  starved: 'while it starves',
  vpa: 'VPA',
  krr: 'KRR',
};
