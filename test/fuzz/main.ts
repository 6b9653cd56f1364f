import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kind } from './kind.ts';
import { kinds } from './kinds/index.ts';
import { hashOf } from './random.ts';
import { inputOf } from './run.ts';

// make fuzz SEED=1 INPUTS=200000 KIND=smaps: without a seed it takes the time, without a kind all of them.
const { SEED = '', INPUTS = '', KIND = '' } = process.env;
const seed = Number(SEED === '' ? Date.now() % 1e9 : SEED);
const inputs = Number(INPUTS === '' ? 200_000 : INPUTS);
const asked = kinds.filter(({ name }) => KIND === '' || name === KIND);
const whole = asked.reduce((sum, { weight }) => sum + weight, 0);
const here = import.meta.dirname ?? __dirname;
const scratch = mkdtempSync(join(tmpdir(), 'memgap-fuzz-'));
const longestInput = 60_000; // milliseconds: it never ends

/** One kind in a process of its own, with a heap of 512 MiB: what takes more, or never ends, is a failure of the input that it was at. */
async function runKind(kind: Kind): Promise<number> {
  const count = Math.ceil((inputs * kind.weight) / whole);
  const progress = join(scratch, kind.name);
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=512', ...process.execArgv, join(here, 'part.ts'), kind.name, `${seed}`, `${count}`, progress],
    {
      stdio: ['ignore', 'inherit', 'pipe'],
    },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, 2000)));
  let last = '';
  const watch = setInterval(() => {
    const at = indexIn(progress);
    if (at === last) child.kill('SIGKILL');
    last = at;
  }, longestInput);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearInterval(watch);
  if (code === 0 || code === 1) return code;
  const index = Number(indexIn(progress));
  const input = inputOf(kind, seed, index);
  const file = `${kind.name}-${hashOf(input).toString(16).padStart(8, '0')}.${kind.extension}`;
  writeFileSync(join(here, 'failures', file), input);
  const why = /FATAL ERROR: .*/.exec(said)?.[0] ?? said.slice(0, 300);
  console.log(
    `fuzz ${kind.name}: input ${index} of seed ${seed} ended the process (${signal ?? code}): ${why}\n  saved as test/fuzz/failures/${file}`,
  );
  return 1;
}

function indexIn(progress: string): string {
  try {
    return readFileSync(progress, 'utf8').trim();
  } catch {
    return '';
  }
}

async function main(): Promise<number> {
  if (asked.length === 0) {
    console.error(`fuzz: no kind is called ${KIND}; there are: ${kinds.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  console.log(
    `fuzz: SEED=${seed} INPUTS=${inputs}${KIND === '' ? '' : ` KIND=${KIND}`} (make fuzz with these makes the same inputs again)`,
  );
  const waiting = asked.toSorted((one, other) => other.weight - one.weight);
  const codes: number[] = [];
  const atWork = async () => {
    for (let kind = waiting.shift(); kind !== undefined; kind = waiting.shift()) codes.push(await runKind(kind));
  };
  await Promise.all([atWork(), atWork()]); // two processes at a time
  return codes.every((code) => code === 0) ? 0 : 1;
}

try {
  process.exitCode = await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
