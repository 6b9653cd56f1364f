import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adviceFolder, setHere, subjects } from './advice/here.ts';
import { measureInVm } from './advice/in-vm.ts';
import { keptIn } from './advice/kept.ts';
import { plans } from './advice/measure.ts';
import { measureAll } from './advice/measure-all.ts';
import { freeTable, missesOfAll, sizeTable } from './advice/tables.ts';
import { machine } from './machine.ts';
import { markdown } from './table.ts';
import { root } from './variants.ts';

const intro = `# Whether the advised sizes can be lived with

Made by \`make advice\` (an hour), which fails where a bound is missed; \`make advice ONLY=hot-file,etcd\` measures these anew and joins them with what was
kept of the others; \`make advice VM=1\` those of the second table, on cgroup v2. Each program is examined as a person would, then started again with what memgap advises: the same start and the same load, in a
real memory cgroup, its files out of the page cache.
`;

const command = 'make advice';

/** What the virtual machine is asked for, where no program is named: it is emulated, and slow. */
const inVm = ['hot-file', 'active-file', 'locked-file', 'exec-probe', 'native-peak', 'large-goal', 'prometheus', 'etcd'];

async function run(only: readonly string[], isVm: boolean): Promise<number> {
  const unknown = only.find((name) => !subjects.some((each) => each.name === name));
  if (unknown !== undefined) {
    console.error(`advice: no program is called ${unknown}; there are: ${subjects.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const asked = only.length > 0 ? only : isVm ? inVm : subjects.map(({ name }) => name);
  const wanted = asked.flatMap((name) => subjects.find((each) => each.name === name) ?? []);
  const here = setHere();
  if (!here.ok) {
    console.error(`advice: ${here.detail}`);
    return 1;
  }
  const say = (text: string) => console.error(`advice: ${text}`);
  const [keptHere, keptInVm] = [keptIn(join(adviceFolder, 'kept')), keptIn(join(adviceFolder, 'kept-vm'))];
  const failures: string[] = [];
  if (isVm) {
    const measured = await measureInVm(wanted, here.value, keptInVm.write);
    failures.push(...(measured.ok ? measured.value : [`nothing was measured in the virtual machine: ${measured.detail}`]));
  } else failures.push(...(await measureAll(wanted, { ...here.value, plan: plans.whole, say }, keptHere.write)));
  const all = subjects.flatMap(({ name }) => keptHere.read(name) ?? []);
  const virtual = subjects.flatMap(({ name }) => keptInVm.read(name) ?? []);
  const missing = subjects
    .filter(({ name }) => !all.some((each) => each.name === name))
    .map(({ name }) => `${name} was not measured: make advice ONLY=${name}`);
  const misses = [...failures, ...missing, ...missesOfAll(all), ...missesOfAll(virtual).map((miss) => `cgroup v2: ${miss}`)];
  const measuredBy = [...new Set([...all, ...virtual].map(({ memgap }) => memgap))].join('; ');
  const texts = [
    intro,
    [...machine([{ command: process.execPath, version: process.version }], measuredBy), '', ''].join('\n'),
    markdown(sizeTable(all, 'cgroup v1'), command),
    markdown(sizeTable(virtual, 'cgroup v2'), `${command} VM=1`),
    markdown(freeTable(all), command),
    misses.length === 0 ? 'Every bound is kept.' : `## Bounds that are missed\n\n${misses.map((miss) => `- ${miss}`).join('\n')}`,
  ];
  console.log(texts.join('\n'));
  writeFileSync(join(root, 'docs/advice.md'), `${texts.join('\n').trimEnd()}\n`);
  console.error('advice: written to docs/advice.md');
  return misses.length === 0 ? 0 : 1;
}

const words = process.argv.slice(2);
process.exitCode = await run(
  words.filter((word) => word !== '--vm').flatMap((word) => word.split(',')),
  words.includes('--vm'),
);
