import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adviceFolder, setHere, subjects } from './advice/here.ts';
import { keptIn } from './advice/kept.ts';
import { plans } from './advice/measure.ts';
import { measureAll } from './advice/measure-all.ts';
import { freeTable, missesOfAll, sizeTable } from './advice/tables.ts';
import { machine } from './machine.ts';
import { markdown } from './table.ts';
import { root } from './variants.ts';

const intro = `# Whether the advised sizes can be lived with

Made by \`make advice\` (an hour), which fails where a bound is missed; \`make advice ONLY=hot-file,etcd\` measures these anew and joins them with what was
kept of the others. Each program is looked at as a person would, then started again with what memgap advises: the same start and the same load, in a
real memory cgroup, its files out of the page cache.
`;

const command = 'make advice';

async function run(only: readonly string[]): Promise<number> {
  const unknown = only.find((name) => !subjects.some((each) => each.name === name));
  if (unknown !== undefined) {
    console.error(`advice: no program is called ${unknown}; there are: ${subjects.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const wanted = subjects.filter(({ name }) => only.length === 0 || only.includes(name));
  const here = setHere();
  if (!here.ok) {
    console.error(`advice: ${here.detail}`);
    return 1;
  }
  const kept = keptIn(join(adviceFolder, 'kept'));
  const say = (text: string) => console.error(`advice: ${text}`);
  const failures = await measureAll(wanted, { ...here.value, plan: plans.whole, say }, kept.write);
  const all = subjects.flatMap(({ name }) => kept.read(name) ?? []);
  const missing = subjects
    .filter(({ name }) => !all.some((each) => each.name === name))
    .map(({ name }) => `${name} was not measured: make advice ONLY=${name}`);
  const misses = [...failures, ...missing, ...missesOfAll(all)];
  const measuredBy = [...new Set(all.map(({ memgap }) => memgap))].join('; ');
  const texts = [
    intro,
    [...machine([{ command: process.execPath, version: process.version }], measuredBy), '', ''].join('\n'),
    markdown(sizeTable(all, 'cgroup v1'), command),
    markdown(freeTable(all), command),
    misses.length === 0 ? 'Every bound is kept.' : `## Bounds that are missed\n\n${misses.map((miss) => `- ${miss}`).join('\n')}`,
  ];
  console.log(texts.join('\n'));
  if (missing.length === 0) {
    writeFileSync(join(root, 'docs/advice.md'), `${texts.join('\n').trimEnd()}\n`);
    console.error('advice: written to docs/advice.md');
  }
  return misses.length === 0 ? 0 : 1;
}

process.exitCode = await run(
  process.argv
    .slice(2)
    .flatMap((each) => each.split(','))
    .filter(Boolean),
);
