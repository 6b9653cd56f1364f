import { type Ledger, strangersIn } from '../../books/ledger.ts';
import { type Missing, missing } from '../../model/reading.ts';
import type { Bytes } from '../../model/units.ts';
import { accountsOf } from './accounts.ts';
import { type Cause, type Evidence, type Facts, type Finding, worthNamingBytes } from './cause.ts';

/** A cause that holds, with the bytes that are its own. */
export interface ActiveCause extends Omit<Finding, 'evidence'> {
  readonly name: string;
  readonly title: string;
  readonly evidence: readonly Evidence[];
}

/** What all causes came to. */
export interface Verdicts {
  /** The most bytes first, then those of context. */
  readonly active: readonly ActiveCause[];
  readonly inactive: readonly string[];
  readonly notJudged: ReadonlyArray<{ readonly name: string; readonly reason: Missing; readonly detail: string }>;
}

/**
 * Judges every cause, in the order of the list: the more specific stands first and claims first, for a byte is claimed once. In a group
 * that is shared with strangers the process is judged alone: what the container holds is no answer to where this program's memory is.
 */
export function judge(causes: readonly Cause[], { ledger, past }: Facts): Verdicts {
  const facts = { ledger: ofTarget(ledger), past };
  const accounts = accountsOf(facts.ledger);
  const active: ActiveCause[] = [];
  const inactive: string[] = [];
  const notJudged: Array<Verdicts['notJudged'][number]> = [];
  for (const { name, title, claims, judge } of causes) {
    const judgment = judge(facts);
    if (!judgment.ok) {
      notJudged.push({ name, reason: judgment.reason, detail: judgment.detail });
      continue;
    }
    const finding = judgment.value;
    if (finding === 'inactive') {
      inactive.push(name);
      continue;
    }
    const size = finding.bytes === undefined ? undefined : accounts.claim(finding.from ?? claims, finding.bytes);
    const evidence = finding.evidence.filter((each) => each !== undefined && each !== false);
    if (size !== undefined && size < worthNamingBytes) inactive.push(name);
    else active.push({ ...finding, name, title, evidence, ...(size !== undefined && { bytes: size }) });
  }
  return { active: active.sort(byBytes), inactive, notJudged };
}

function ofTarget(ledger: Ledger): Ledger {
  const strangers = strangersIn(ledger.snapshot);
  if (strangers === 0) return ledger;
  return { ...ledger, cgroup: missing('mismatch', `this cgroup is shared by ${strangers} other${strangers === 1 ? '' : 's'}`) };
}

function byBytes(one: { readonly bytes?: Bytes }, other: { readonly bytes?: Bytes }): number {
  return (other.bytes ?? -1) - (one.bytes ?? -1);
}
