import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import { type Command, commandOf } from './memgap.ts';
import { mebibytes } from './table.ts';
import { shipped } from './variants.ts';

const runs = 3;

/** A text of a size: ten times the size is to cost ten times as much, or to be refused. */
const shapes: Readonly<Record<string, (size: number) => string>> = {
  'targets: []': () => 'targets: []\n',
  'as in the documentation, 500 targets': (size) =>
    `targets:\n${lines(500 * size, (index) => `  - name: web-${index}\n    go: { pprof: "http://127.0.0.1:${1024 + index}/debug/pprof" }\n    process: { port: ${1024 + index} }\n`)}`,
  'the same as JSON': (size) =>
    JSON.stringify({
      targets: Array.from({ length: 500 * size }, (_, index) => ({
        name: `web-${index}`,
        go: { pprof: 'http://127.0.0.1/debug/pprof' },
        process: { port: 1 },
      })),
    }),
  '19 000 fields and values': (size) =>
    `targets:\n${lines(1900 * size, (index) => `  - name: web-${index}\n    a:\n      b: c\n      d: e\n`)}`,
  '500 targets of 38 each': (size) =>
    `poll_interval: 15s\ntargets:\n${lines(500 * size, (index) => `  - name: web-${index}\n    go:\n${['pprof', 'expvar', 'metrics'].map((name) => `      ${name}:\n        url: http://127.0.0.1:1/\n        basic_auth:\n          username: u\n          password: p\n`).join('')}    process:\n      port: 1\n    body_size_limit: 1MiB\n`)}`,
  '20 000 fields and values, 40 on a line': (size) => `targets:\n${lines(500 * size, () => `- [${'a,'.repeat(39)}]\n`)}`,
  '30 000 aliases': (size) => `targets: [&a x,${'*a,'.repeat(30_000 * size)}]`,
  '50 000 directives': (size) => '%\n'.repeat(50_000 * size),
  '3000 targets of unknown fields': (size) => `targets:\n${lines(3000 * size, (index) => `- {a${index}: {b: [c, d, {}]}}\n`)}`,
  '20 000 lines of comment': (size) => `${'# x\n'.repeat(19_990 * size)}targets: []\n`,
};

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('');
}

/** What `memgap check-config` costs: a configuration has a size that somebody else decides. */
export const config: Bench = async ({ installation, nodes, say }) => {
  const file = join(installation.folder, 'shape.yml');
  const rows: string[][] = [];
  for (const node of nodes) {
    say(node.version);
    const command = commandOf(installation, node, shipped);
    for (const [label, shape] of Object.entries(shapes)) {
      const costs = [];
      for (const size of [1, 10]) {
        writeFileSync(file, shape(size));
        costs.push(await costOf(command, file));
      }
      const kib = (size: number) => `${Math.ceil(shape(size).length / 1024)}`;
      rows.push([
        `${node.version} ${label}`,
        `${kib(1)} / ${kib(10)}`,
        costs.map(({ milliseconds }) => Math.round(milliseconds)).join(' / '),
        costs.map(({ peak }) => mebibytes(peak)).join(' / '),
        costs.map(({ lines }) => lines).join(' / '),
      ]);
    }
  }
  return [
    {
      title: 'A configuration of an unexpected size',
      columns: ['node, what', 'KiB', 'ms', 'peak RSS MiB', 'lines printed'],
      rows,
      notes: [
        `memgap check-config from its start to its end, of the size named and of ten times that; the best of ${runs} runs. The first row is what it takes to start.`,
      ],
    },
  ];
};

interface Cost {
  readonly milliseconds: number;
  readonly peak: number;
  readonly lines: number;
}

async function costOf(command: Command, file: string): Promise<Cost> {
  const costs: Cost[] = [];
  for (let run = 0; run < runs; run += 1) costs.push(await onceOf(command, file));
  return costs.reduce((best, cost) => (cost.milliseconds < best.milliseconds ? cost : best));
}

async function onceOf({ command, args, environment }: Command, file: string): Promise<Cost> {
  const start = performance.now();
  const child = spawn(command, [...args, 'check-config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const ended = once(child, 'close');
  let printed = 0;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString().split('\n').length - 1));
  let peak = 0;
  while (child.exitCode === null && child.signalCode === null) {
    peak = Math.max(peak, peakOf(child.pid ?? 0));
    await sleep(5);
  }
  await ended;
  return { milliseconds: performance.now() - start, peak, lines: printed };
}

/** VmHWM, in bytes; 0 for a process that has ended: proc(5). */
function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
