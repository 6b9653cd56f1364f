import type { Ledger } from '../../books/ledger.ts';
import { growthIn } from '../../history/growth.ts';
import type { Past, Series } from '../../history/past.ts';
import { found, known, type Reading } from '../../model/reading.ts';
import { type Bytes, formatBytes, mebibyte } from '../../model/units.ts';
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
  /** What is not known, or does not apply, is left out. */
  readonly evidence: ReadonlyArray<Evidence | undefined | false>;
  /** Most of its bytes may be another owner's: never to be stated flatly. */
  readonly isDoubtful?: boolean;
  /** One sentence; where it is in doubt that stands first. */
  readonly summary: string;
  /** One command or one setting; two lines where there are two kinds of it. */
  readonly next: string;
}

/** A gap is "not judged", with the reason: a source that the cause needs was not read. */
export type Judgment = Reading<Finding | 'inactive'>;

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

/** What a cause says where it does not hold. */
export const inactive: Judgment = found('inactive');

/** A cause says nothing of less: what more specific ones have left of its bytes is noise. */
export const worthNamingBytes = mebibyte;

const largeRatio = 0.1;

/** Whether a part is worth a name of its own beside the whole: a tenth of it. What is less seldom is what a person looks for. */
export function isLarge(part: number, whole: number): boolean {
  return part > 0 && part >= largeRatio * whole;
}

/** Evidence in one unit; `undefined` for a number that is not known. */
function evidenceIn(unit: Evidence['unit']) {
  return (what: string, value: number | undefined, source: string): Evidence | undefined =>
    value === undefined ? undefined : { what, value, unit, source };
}

/** A size that a cause rests on. */
export const size = evidenceIn('bytes');
/** A part of a whole, 1 being all. */
export const ratio = evidenceIn('ratio');
/** A number of things. */
export const count = evidenceIn('count');
/** How fast something grows. */
export const perHour = evidenceIn('bytes an hour');
/** A span of time. */
export const seconds = evidenceIn('seconds');
/** How fast something flows. */
export const perSecond = evidenceIn('bytes a second');

/** Bytes an hour, where the floor of a series rises in a line; `undefined` where it does not, or was not watched for an hour. */
export function lineIn(past: Past, series: Series): number | undefined {
  const growth = growthIn(past, series);
  return growth?.shape === 'line' ? growth.perHour : undefined;
}

/** What a sentence about bytes that grow in a line ends with. */
export function growthClause(rate: number | undefined): string {
  return rate === undefined ? '' : `; it grows in a line, ${formatBytes(rate)} an hour: a leak, unless the load grows as well`;
}

/** The rate as evidence. */
export function growthEvidence(rate: number | undefined): Evidence | undefined {
  return perHour('its growth', rate, 'Theil-Sen slope over floors');
}

/** The pid for a command that is to be pasted; `PID` where it is not known. */
export function pidOf({ snapshot }: Ledger): number | 'PID' {
  return known(snapshot.process)?.pid ?? 'PID';
}
