import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from '../bench/machine.ts';
import { markdown, type Table } from '../bench/table.ts';
import { root } from '../bench/variants.ts';
import { buildEarly } from '../test/preload.ts';
import { type LabName, locate, locateLab, releases, shippedLabs } from '../test/programs.ts';
import { type GrowthRun, measureGrowth } from './accuracy/growth.ts';
import { judgeLeak } from './accuracy/judge-leak.ts';
import { judgePhases } from './accuracy/judge-phases.ts';
import { judgePreload } from './accuracy/judge-preload.ts';
import { type LeakRun, leaksOf, measureLeak } from './accuracy/leaks.ts';
import { measurePhases, type PhaseRun } from './accuracy/phases.ts';
import { measurePreload, type Preloaded, type PreloadRun } from './accuracy/preloads.ts';
import { programs } from './accuracy/programs.ts';
import { foreignTable, leakTable, preloadTable, programTable, releasedTable } from './accuracy/tables.ts';

const intro = `# How well every byte of RSS is named

Made by \`make accuracy\` (a quarter of an hour), which fails where a bound is missed. Programs of Debian's that nobody here wrote, idle, under
load and after it; and the lab (test/lab), which leaks on purpose and says how much, built with each Go from 1.19 to 1.27, static and with
cgo, and with the oldest and the newest as distributions do (\`pie\`: static, position-independent; \`stripped\`: cgo, position-independent, no symbols).
Every snapshot is one of memgap's own engine, of a process that it has not seen before: Go's numbers, the mappings, Go's numbers again.
`;

const command = 'node --import tsx acceptance/accuracy.ts';
const leakSize = 128; // MiB
const plan = { looks: 10, pause: 1, settle: 2 };
/**
 * What `pie` and `stripped` builds may change: where the executable, its bss, the heap and the mappings lie, and what is read of the file.
 */
const inShipped = /^(bss|live-heap|freed|mmap|malloc-large|malloc-small|pthreads|file-shared|planted-next-to-arenas)$/;
/** The lab of which each leak is looked at once more by way of /metrics. */
const served: LabName = 'go-newest-cgo';
/** Leaks that chunk headers tell apart: made once more with memory reads on. */
const readable = ['mmap', 'mmap-many', 'malloc-large', 'planted-next-to-arenas', 'planted-among-arenas'];

/** Filled before Go starts, in MiB: what the bounds are promised for, and little. */
const preloadedSizes = [64, 2];

/** `accuracy.ts [programs|leaks|preloads|growth] [PATTERN]`: all of it, or one part and of it what the pattern names. */
async function run([part, pattern = '']: readonly string[]): Promise<number> {
  const wanted = (each: string) => part === undefined || part === each;
  const matches = (name: string) => new RegExp(pattern).test(name);
  const misses: string[] = [];
  const tables: Table[] = [];
  if (wanted('programs')) {
    const runs = await runPrograms(matches, misses);
    misses.push(...judgePhases(runs));
    tables.push(programTable(runs));
  }
  if (wanted('leaks')) {
    const runs = await runLeaks(matches, misses);
    for (const each of runs) misses.push(...judgeLeak(each).misses);
    tables.push(leakTable(runs), releasedTable(runs), foreignTable(runs));
  }
  if (wanted('preloads')) {
    const runs = await runPreloads(matches, misses);
    for (const each of runs) misses.push(...judgePreload(each).misses);
    tables.push(preloadTable(runs));
  }
  const notes = wanted('growth') ? await runGrowth(misses) : [];

  const texts = [
    intro,
    [...machine([{ command: process.execPath, version: process.version }], 'the sources as they are'), '', ''].join('\n'),
    ...tables.map((table) => markdown(table, command)),
    ...notes,
    misses.length === 0 ? 'Every bound is kept.' : `## Bounds that are missed\n\n${misses.map((miss) => `- ${miss}`).join('\n')}`,
  ];
  console.log(texts.join('\n'));
  if (part === undefined) {
    writeFileSync(join(root, 'docs/accuracy.md'), `${texts.join('\n').trimEnd()}\n`);
    console.error('accuracy: written to docs/accuracy.md');
  }
  return misses.length === 0 ? 0 : 1;
}

async function runPrograms(matches: (name: string) => boolean, misses: string[]): Promise<readonly PhaseRun[]> {
  const runs: PhaseRun[] = [];
  for (const program of programs.filter(({ name }) => matches(name))) {
    const path = locate(program.name);
    if (!path.ok) {
      misses.push(`${program.name} was not measured: ${path.detail}`);
      continue;
    }
    say(program.name);
    runs.push(...(await measurePhases(program, path.value, plan)));
  }
  return runs;
}

async function runLeaks(matches: (name: string) => boolean, misses: string[]): Promise<readonly LeakRun[]> {
  const runs: LeakRun[] = [];
  const labs: readonly LabName[] = [...releases.flatMap((release) => [`${release}-pure`, `${release}-cgo`] as const), ...shippedLabs];
  for (const name of labs) {
    const path = locateLab(name);
    if (!path.ok) {
      misses.push(`${name} was not measured: ${path.detail}`);
      continue;
    }
    say(name);
    const lab = { name, path: path.value, served: name === served };
    const isShipped = shippedLabs.some((each) => each === name);
    for (const leak of await leaksOf(path.value)) {
      if (!matches(`${leak} ${name}`) || (isShipped && !inShipped.test(leak))) continue;
      runs.push(await measureLeak(lab, leak, leakSize, { memoryReads: false }));
      if (readable.includes(leak)) runs.push(await measureLeak(lab, leak, leakSize, { memoryReads: true }));
    }
  }
  return runs;
}

async function runPreloads(matches: (name: string) => boolean, misses: string[]): Promise<readonly PreloadRun[]> {
  const [early, jemalloc] = [buildEarly(), locate('jemalloc')];
  const libraries: Preloaded[] = [];
  if (early.ok) for (const mib of preloadedSizes) libraries.push({ name: 'constructor', path: early.value.path, mib });
  if (jemalloc.ok) libraries.push({ name: 'jemalloc, idle', path: jemalloc.value, mib: undefined });
  for (const each of [early, jemalloc]) if (!each.ok) misses.push(`a library was not loaded before Go: ${each.detail}`);
  const labs: readonly LabName[] = [...releases.map((release) => `${release}-cgo` as const), 'go1.19-stripped', 'go-newest-stripped'];
  const runs: PreloadRun[] = [];
  for (const name of labs.filter(matches)) {
    const path = locateLab(name);
    if (!path.ok) {
      misses.push(`${name} was not measured: ${path.detail}`);
      continue;
    }
    say(`${name}, preloaded`);
    for (const library of libraries) {
      for (const memoryReads of [false, true]) runs.push(await measurePreload({ name, path: path.value }, library, { memoryReads }));
    }
  }
  if (early.ok) early.value.remove();
  return runs;
}

async function runGrowth(misses: string[]): Promise<readonly string[]> {
  const path = locateLab('go-newest-pure');
  if (!path.ok) {
    misses.push(`growth was not measured: ${path.detail}`);
    return [];
  }
  say('growth');
  const seen: GrowthRun = await measureGrowth({ name: 'go-newest-pure', path: path.value });
  misses.push(...seen.misses);
  const shown = (seconds: number | undefined) => (seconds === undefined ? 'never' : `after ${seconds.toFixed(1)} s`);
  return [
    `## Growth\n\n128 MiB more, polled every 5 s: in RSS by kind ${shown(seen.kinds)}, in the components ${shown(seen.components)}.\n`,
  ];
}

function say(text: string): void {
  console.error(`accuracy: ${text}`);
}

process.exitCode = await run(process.argv.slice(2));
