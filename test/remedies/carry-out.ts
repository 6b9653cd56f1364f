import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Subject, type Surroundings, withSubject } from '../../acceptance/causes/subject.ts';
import type { Look } from '../../acceptance/causes/watched.ts';
import { makeGroup } from '../kernel/cgroup/groups.ts';
import { type LabName, locateLab } from '../programs.ts';

/** A cause made in a lab, what memgap says to do about it, and doing it. */
export interface Trial extends Surroundings {
  readonly cause: string;
  /** What it must print. */
  readonly next: RegExp;
  readonly lab?: LabName;
  readonly make: (subject: Subject) => Promise<unknown>;
  readonly remedy: (subject: Subject, before: Look) => Promise<unknown>;
  /** Beyond that the cause is not named any more, or has next to nothing left: what else must be so. */
  readonly helped?: (before: Look, after: Look) => void;
  /** The cause may still be named afterwards: what the remedy is for is seen by `helped` alone. */
  readonly stays?: true;
}

export const mib = 1024 ** 2;

/** Skips where the machine has no lab, no cgroup v1, or a kernel that refuses. */
export async function carryOut(t: TestContext, trial: Trial): Promise<void> {
  const path = locateLab(trial.lab ?? 'go-newest-pure');
  if (!path.ok) return t.skip(path.detail);
  const group = makeGroup(t, 'possible');
  if (!group.ok) return t.skip(group.detail);
  await withSubject(path.value, { group: {}, ...trial }, async (subject) => {
    try {
      await trial.make(subject);
    } catch (error) {
      if (error instanceof Error && /with 503: /.test(error.message)) return t.skip(error.message);
      throw error;
    }
    const before = await subject.look();
    const named = causeOf(before, trial.cause);
    assert.ok(named !== undefined, `${trial.cause} is not named, but ${before.verdicts.active.map(({ name }) => name).join(', ')}`);
    assert.match(named.next, trial.next);
    await trial.remedy(subject, before);
    const after = await subject.look();
    const remains = causeOf(after, trial.cause);
    const left = remains?.bytes ?? 0;
    t.diagnostic(`${trial.cause}: ${named.bytes} bytes before, ${left} after; usage ${usageOf(before)}, then ${usageOf(after)}`);
    if (trial.stays !== true)
      assert.ok(remains === undefined || left < 0.2 * (named.bytes ?? 0), `${left} bytes are left of ${named.bytes}`);
    trial.helped?.(before, after);
  });
}

/** What the container holds, in bytes. */
export function usageOf({ ledger }: Look): number {
  return ledger.cgroup.ok ? ledger.cgroup.value.total : Number.NaN;
}

/** What the process has resident, in bytes. */
export function rssOf({ ledger }: Look): number {
  return ledger.rss.ok ? ledger.rss.value.total : Number.NaN;
}

/** The container gave back most of 64 MiB. */
export function usageFell(before: Look, after: Look): void {
  assert.ok(usageOf(before) - usageOf(after) > 50 * mib, `usage was ${usageOf(before)}, and is ${usageOf(after)}`);
}

/** The process did. */
export function rssFell(before: Look, after: Look): void {
  assert.ok(rssOf(before) - rssOf(after) > 50 * mib, `RSS was ${rssOf(before)}, and is ${rssOf(after)}`);
}

function causeOf({ verdicts }: Look, name: string) {
  return verdicts.active.find((cause) => cause.name === name);
}
