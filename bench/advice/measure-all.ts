import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { found, type Reading } from '../../src/reading.ts';
import { locate } from '../../test/programs.ts';
import { install } from '../memgap.ts';
import { type Build, buildPrograms } from './build-programs.ts';
import { measure, type Plan } from './measure.ts';
import type { Measured } from './measured.ts';
import { prepare } from './prepare.ts';
import type { RealProgram } from './real-programs.ts';
import type { Shape } from './shapes.ts';

const atOnce = 2;

/** Measures programs, two at a time, and hands out each; resolves with what could not be measured and why. Works below `cache`, which must be on a disk. */
export async function measureAll(
  subjects: readonly (Shape | RealProgram)[],
  cache: string,
  plan: Plan,
  done: (measured: Measured) => void,
): Promise<readonly string[]> {
  const folder = join(cache, 'advice');
  const built = new Map<Build, Reading<string>>();
  const pathOf = (build: Build) => {
    const path = built.get(build) ?? buildPrograms(cache, folder, build);
    built.set(build, path);
    return path;
  };
  const tool = pathOf('pure');
  if (!tool.ok) return [tool.detail];
  const installation = install();
  process.once('exit', installation.remove).once('SIGINT', () => process.exit(130)); // what was started ends with this process
  const memgap = execFileSync(process.execPath, [join(installation.folder, 'dist/memgap.cjs'), '--version'], { encoding: 'utf8' }).trim();
  const failures: string[] = [];
  const waiting = [...subjects];
  const work = async () => {
    for (let subject = waiting.shift(); subject !== undefined; subject = waiting.shift()) {
      const { name } = subject;
      const say = (text: string) => console.error(`advice: ${new Date().toISOString().slice(11, 19)} ${name}: ${text}`);
      const path = 'of' in subject ? locate(subject.of) : pathOf(subject.build ?? 'pure');
      const measured = path.ok ? await attempt(subject, path.value, say) : path;
      if (measured.ok) done(measured.value);
      else failures.push(`${name} was not measured: ${measured.detail}`);
      say(measured.ok ? `${measured.value.seconds.toFixed(0)} s` : `not measured: ${measured.detail}`);
    }
  };
  const attempt = async (subject: Shape | RealProgram, path: string, say: (text: string) => void): Promise<Reading<Measured>> => {
    const prepared = prepare(subject, path, tool.value, join(folder, 'work'));
    try {
      return found(await measure(prepared, { installation, memgap }, plan, say));
    } catch (error) {
      return { ok: false, reason: 'unsupported', detail: error instanceof Error ? error.message : String(error) };
    } finally {
      prepared.remove();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return failures;
}
