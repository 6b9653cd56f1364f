import type { Ledger } from '../../books/ledger.ts';
import type { Past } from '../../history/past.ts';
import type { Reading } from '../../model/reading.ts';
import type { Bytes } from '../../model/units.ts';
import type { Account } from './accounts.ts';

/** What a cause is judged from. */
export interface Facts {
  readonly ledger: Ledger;
  readonly past: Past;
}

/** A number that a cause rests on, and where it was read. */
export interface Evidence {
  readonly what: string;
  readonly value: number;
  readonly unit: 'bytes' | 'bytes an hour' | 'bytes a second' | 'seconds' | 'ratio' | 'count';
  /** A file, a field of it, or the formula. */
  readonly source: string;
}

/** A cause that holds. */
export interface Finding {
  /** Absent for a cause of context, which explains and claims nothing. */
  readonly bytes?: Bytes;
  /** Of the cause's `claims`, those that hold its bytes here; absent for all of them. */
  readonly from?: readonly Account[];
  readonly evidence: readonly Evidence[];
  /** Most of its bytes may be another owner's: never to be stated flatly. */
  readonly isDoubtful?: boolean;
  /** One sentence; where it is in doubt that stands first. */
  readonly summary: string;
  /** One command or one setting; two lines where there are two kinds of it. */
  readonly next: string;
}

/** A gap is "not judged", with the reason: a source that the cause needs was not read. */
export type Judgment = Reading<Finding | 'not this'>;

/** One named reason for memory being where it is. */
export interface Cause {
  /** The value of the `cause` label, the name of the runbook (`docs/causes/NAME.md`), snake case. */
  readonly name: string;
  /** A few words for a panel or a heading. */
  readonly title: string;
  /** Whose bytes it claims, by name of the accounts; none for a cause of context. */
  readonly claims: readonly Account[];
  /** Pure: the same facts, the same judgment. Never throws. */
  judge(facts: Facts): Judgment;
}
