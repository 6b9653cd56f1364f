import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reading } from '../src/reading.ts';
import { locate } from '../test/programs.ts';
import { buildPrograms } from './advice/build-programs.ts';
import { measure } from './advice/measure.ts';
import { prepare } from './advice/prepare.ts';
import { realPrograms } from './advice/real-programs.ts';
import { shapes } from './advice/shapes.ts';
import type { Subject } from './advice/subject.ts';
import { install } from './memgap.ts';
import { root } from './variants.ts';

const cache = process.env.MEMGAP_CACHE ?? join(root, '.cache');
const folder = join(cache, 'advice');

async function run(only: readonly string[]): Promise<number> {
  const tool = buildPrograms(folder, { cgo: false });
  if (!tool.ok) throw new Error(tool.detail);
  const installation = install();
  process.once('exit', installation.remove).once('SIGINT', () => process.exit(130));
  const waiting = [...shapes, ...realPrograms].filter(({ name }) => only.length === 0 || only.includes(name));
  const work = async () => {
    for (let subject = waiting.shift(); subject !== undefined; subject = waiting.shift()) {
      const { name } = subject;
      const say = (text: string) => console.error(`advice: ${new Date().toISOString().slice(11, 19)} ${name}: ${text}`);
      const prepared = prepare(subject, pathOf(subject, tool.value), tool.value, join(folder, 'work'));
      try {
        const measured = await measure(prepared, installation, say);
        mkdirSync(join(folder, 'kept'), { recursive: true });
        writeFileSync(join(folder, 'kept', `${name}.json`), JSON.stringify(measured, undefined, 1));
        say(`${measured.seconds.toFixed(0)} s`);
      } catch (error) {
        say(`NOT MEASURED: ${error instanceof Error ? error.stack : error}`);
      } finally {
        prepared.remove();
      }
    }
  };
  await Promise.all([work(), work()]);
  return 0;
}

function pathOf({ name }: Subject, programs: string): string {
  if (shapes.some((each) => each.name === name)) return programs;
  const path: Reading<string> = locate(name as Parameters<typeof locate>[0]);
  if (!path.ok) throw new Error(path.detail);
  return path.value;
}

process.exitCode = await run(process.argv.slice(2));
