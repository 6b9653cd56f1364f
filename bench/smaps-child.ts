// Walks over the mappings of a process as memgap does, and prints what each walk cost as a line of JSON: bundled, and run with memgap's
// flags. Usage: node FLAGS smaps-child.cjs TIMES PID|FILE. A FILE is the text of a smaps, for the parser alone.
import { readFileSync } from 'node:fs';
import { createCollector } from '../src/engine/collect-garbage.ts';
import { smaps } from '../src/kernel/memory/smaps.ts';
import { parseSmaps } from '../src/kernel/memory/smaps-parser.ts';
import { heldBy } from './usage.ts';

const [times = '', from = ''] = process.argv.slice(2);
const text = /^\d+$/.test(from) ? undefined : readFileSync(from);
const target = { pid: Number(from), paths: { procfs: '/proc', cgroupfs: '/sys/fs/cgroup' } };
const collect = createCollector();

async function walkOnce(): Promise<void> {
  const before = process.cpuUsage();
  const begin = performance.now();
  const reading = text === undefined ? await smaps.read(target, new AbortController().signal) : parseSmaps(text);
  const wall = performance.now() - begin;
  const { user, system } = process.cpuUsage(before);
  const peak = heldBy(process.pid).anon;
  collect();
  const mappings = reading.ok ? reading.value.length : Number.NaN;
  console.log(JSON.stringify({ mappings, user, system, wall, peak, ...(!reading.ok && { reason: reading.reason }) }));
}

async function walkAll(): Promise<void> {
  for (let index = 0; index < Number(times); index += 1) await walkOnce();
}

void walkAll(); // not awaited here: the bundle is CommonJS
