import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline } from '../src/deadline.ts';
import { reasonOf } from '../src/model/reading.ts';
import { ran } from './ran.ts';

const root = join(import.meta.dirname, '..');

async function aborted(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await once(signal, 'abort');
  return signal.reason;
}

function listeners(...signals: readonly AbortSignal[]): number {
  return signals.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);
}

test('a deadline that passes is a timeout, and nothing is left at its sources', async () => {
  const { signal } = new AbortController();

  assert.equal(reasonOf(await withDeadline(1, [signal], aborted)), 'timeout');
  assert.equal(listeners(signal), 0);
});

test('the first of the sources ends it with its reason, one that has aborted already at once', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const over = withDeadline(60_000, [one.signal, other.signal], aborted);
  assert.equal(listeners(one.signal, other.signal), 2);
  other.abort('enough');

  assert.equal(await over, 'enough');
  assert.equal(listeners(one.signal, other.signal), 0);
  assert.equal(await withDeadline(60_000, [one.signal, other.signal], ({ reason }) => reason), 'enough');
  assert.equal(listeners(one.signal, other.signal), 0);
});

test('work that is done, or throws, takes its timer and its listeners along, and its signal aborts no more', async () => {
  const source = new AbortController();
  const signal = await withDeadline(1, [source.signal], (it) => it);
  await assert.rejects(
    withDeadline(60_000, [source.signal], () => Promise.reject(new Error('no'))),
    /no/,
  );

  assert.equal(listeners(source.signal), 0);
  await sleep(20);
  source.abort();
  assert.equal(signal.aborted, false);
});

test('a deadline beyond what timers of Node count is not one that has passed', async () => {
  assert.equal(await withDeadline(2 ** 40, [], (signal) => sleep(20).then(() => signal.aborted)), false);
});

test('every place that has a deadline keeps it while collections run', async () => {
  const flags = /^v2[0-3]\./.test(process.version) ? ['--import', 'tsx'] : []; // later ones strip types by themselves
  const child = spawn(process.execPath, ['--expose-gc', ...flags, join(root, 'test/collected-uses.ts')], {
    cwd: root,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    stdio: ['pipe', 'pipe', 'inherit'], // the input stays open: nobody makes a mark
  });
  const tooLong = setTimeout(() => child.kill('SIGKILL'), 60_000);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await once(child, 'close');
  clearTimeout(tooLong);

  const outcomes = said.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  const failures = outcomes.filter(({ failure }) => failure !== undefined);
  assert.deepEqual(failures, []);
  const shown = new Set(outcomes.map(({ file }) => file));
  assert.deepEqual(
    users().filter((file) => !shown.has(file)),
    [],
    `these came to no end, or are shown nowhere; ${child.signalCode}`,
  );
  assert.equal(child.exitCode, 0);
});

/** The files of src that take deadlines. */
function users(): readonly string[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.filter((name) => /^import .*\/deadline\.ts';$/m.test(readFileSync(join(root, 'src', name), 'utf8'))).sort();
}

test('the linter refuses another way, in whatever spelling', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-lint-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const plugins = ['held', 'no-any'].map((name) => join(root, 'scripts/lint', `${name}.grit`));
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ root: true, plugins, linter: { rules: { preset: 'none' } } }));
  const bad = [
    'AbortSignal.any([]);',
    "AbortSignal['any']([]);",
    'const { any } = AbortSignal;',
    'AbortSignal.timeout(1);',
    'new WeakRef({});',
    'new FinalizationRegistry(() => {});',
    'new WeakMap<object, string>();',
    'setInterval(() => {}, 1).unref();',
    'timer?.unref();',
    'setTimeout(() => controller.abort(), 1);',
  ];
  const good = [
    'function f(signal: AbortSignal): WeakMap<object, string> | undefined {}',
    'new AbortController().abort();',
    'setTimeout(f, 1);',
  ];
  for (const [index, text] of [...good, ...bad].entries()) writeFileSync(join(folder, `${index}.ts`), `${text}\n`);

  const { stdout } = await ran(join(root, 'node_modules/.bin/biome'), [
    'lint',
    '--reporter=github',
    '--max-diagnostics=none',
    '--config-path',
    folder,
    folder,
  ]);

  const refused = new Set([...stdout.matchAll(/(\d+)\.ts/g)].map(([, index]) => Number(index)));
  assert.deepEqual(
    [...refused].sort((one, other) => one - other),
    bad.map((_, index) => good.length + index),
    stdout,
  );
});
