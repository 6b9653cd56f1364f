import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Subject, type Surroundings, withSubject } from '../../acceptance/causes/subject.ts';
import type { Look } from '../../acceptance/causes/watched.ts';
import { type LabName, locateLab } from '../programs.ts';
import { rssOf } from './carry-out.ts';

/** A cause made in a lab, and the same load in one that was started with what memgap says to set. */
export interface Restart extends Surroundings {
  readonly cause: string;
  /** What it must print. */
  readonly next: RegExp;
  readonly lab: LabName;
  readonly make: (subject: Subject) => Promise<unknown>;
  /** The environment of the second start: the setting, carried out. */
  readonly set: NodeJS.ProcessEnv;
  /** In the second one, after the load: what comes with the setting, sooner than by itself. */
  readonly afterwards?: (subject: Subject) => Promise<unknown>;
  /** How far RSS must fall by it, in bytes. */
  readonly gives: number;
  /** Polls after the load, a collection before each. */
  readonly collections?: number;
}

/** Skips where the machine has no such lab, or a kernel that refuses. */
export async function startAgain(t: TestContext, trial: Restart): Promise<void> {
  const path = locateLab(trial.lab);
  if (!path.ok) return t.skip(path.detail);
  const run = (surroundings: Surroundings, afterwards?: Restart['afterwards']) =>
    withSubject(path.value, surroundings, async (subject): Promise<Look> => {
      await trial.make(subject);
      await afterwards?.(subject);
      for (let count = 0; count < (trial.collections ?? 0); count += 1) {
        await subject.lab.ask('/gc');
        await subject.look();
      }
      return subject.look();
    });
  const before = await run(trial);
  const named = before.verdicts.active.find(({ name }) => name === trial.cause);
  assert.ok(named !== undefined, `${trial.cause} is not named, but ${before.verdicts.active.map(({ name }) => name).join(', ')}`);
  assert.match(named.next, trial.next);
  const after = await run({ ...trial, environment: { ...trial.environment, ...trial.set } }, trial.afterwards);
  const gave = rssOf(before) - rssOf(after);
  t.diagnostic(`${trial.cause}: RSS ${rssOf(before)} bytes, ${rssOf(after)} when started with ${JSON.stringify(trial.set)}`);
  assert.ok(gave >= trial.gives, `${gave} bytes were given back of ${trial.gives}`);
}
