import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { found, missing, type Reading } from '../../src/model/reading.ts';
import { install } from '../memgap.ts';
import { measure, type Plan } from './measure.ts';
import type { Measured } from './measured.ts';
import { prepare } from './prepare.ts';
import type { Subject } from './subject.ts';

/** Where everything is, and how much is done. */
export interface Setting<S extends Subject> {
  /** On a disk, for a file on tmpfs can't be read from one. */
  readonly folder: string;
  /** The program of bench/advice/programs, which gives page cache back. */
  readonly tool: string;
  /** The executable of a subject. */
  readonly locate: (subject: S) => Reading<string>;
  readonly plan: Plan;
  readonly say: (text: string) => void;
}

const atOnce = 2;

/** Measures subjects, two at a time, and hands out each; resolves with what could not be measured and why. */
export async function measureAll<S extends Subject>(
  subjects: readonly S[],
  { folder, tool, locate, plan, say }: Setting<S>,
  done: (measured: Measured) => void,
): Promise<readonly string[]> {
  const installation = install();
  process.once('exit', installation.remove).once('SIGINT', () => process.exit(130)); // what was started ends with this process
  const memgap = execFileSync(process.execPath, [join(installation.folder, 'dist/memgap.cjs'), '--version'], { encoding: 'utf8' }).trim();
  const failures: string[] = [];
  const waiting = [...subjects];

  async function work(): Promise<void> {
    for (let subject = waiting.shift(); subject !== undefined; subject = waiting.shift()) {
      const { name } = subject;
      const tell = (text: string) => say(`${new Date().toISOString().slice(11, 19)} ${name}: ${text}`);
      const path = locate(subject);
      const measured = path.ok ? await attempt(subject, path.value, tell) : path;
      tell(measured.ok ? `measured in ${measured.value.seconds.toFixed(0)} s` : measured.detail);
      if (measured.ok) done(measured.value);
      else failures.push(`${name} was not measured: ${measured.detail}`);
    }
  }

  async function attempt(subject: S, path: string, tell: (text: string) => void): Promise<Reading<Measured>> {
    const prepared = prepare(subject, path, tool, folder);
    try {
      return found(await measure(prepared, { installation, memgap }, plan, tell));
    } catch (error) {
      return missing('unsupported', error instanceof Error ? error.message : String(error));
    } finally {
      prepared.remove();
    }
  }

  await Promise.all(Array.from({ length: atOnce }, work));
  return failures;
}
