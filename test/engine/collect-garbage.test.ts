import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const module = fileURLToPath(new URL('../../src/engine/collect-garbage.ts', import.meta.url));

/** In a process of its own: what V8 keeps is the whole process's. Prints RssAnon in kB at three times, and what the collector said. */
const program = `
import { readFileSync } from 'node:fs';
import { createCollector } from ${JSON.stringify(module)};
const anon = () => Number(/RssAnon:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
const collect = createCollector();
collect();
const before = anon();
let burst = [];
for (let index = 0; index < 300_000; index += 1) burst.push({ index, more: [index] });
const most = anon();
burst = [];
const collected = collect();
console.log(JSON.stringify({ before, most, after: anon(), collected, again: collect() }));
`;

test('a collection gives back to the kernel what a burst took, at once', () => {
  const types = process.version.startsWith('v20.') ? ['--import', 'tsx'] : [];
  const child = spawnSync(
    process.execPath,
    ['--single-threaded', '--max-semi-space-size=1', ...types, '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  );
  assert.equal(child.status, 0, child.stderr);
  const { before, most, after, collected, again } = JSON.parse(child.stdout);
  assert.ok(most - before > 16 * 1024, child.stdout); // kB: else the burst is none
  assert.ok(after - before < (most - before) / 4, child.stdout);
  assert.deepEqual([collected, again], [true, false]);
});
