import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

const folder = fileURLToPath(new URL('../fixtures/config', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.yml'));

async function linesOf(file: string): Promise<readonly string[]> {
  const result = await loadConfig(file);
  return result.ok ? [] : result.problems.map((problem) => formatProblem({ ...problem, file: basename(file) }));
}

test('there is a file for every way to be wrong', () => {
  assert.ok(names.filter((name) => name.startsWith('invalid-')).length > 90);
});

for (const name of names.filter((name) => name.startsWith('invalid-'))) {
  test(`${name} is refused, and the reasons are those of its .expected`, async () => {
    const lines = await linesOf(join(folder, name));
    const expected = readFileSync(join(folder, name.replace(/\.yml$/, '.expected')), 'utf8');

    assert.notEqual(lines.length, 0, 'it was accepted');
    assert.equal(`${lines.join('\n')}\n`, expected);
  });
}

test('no refusal repeats a secret, wherever it was written', async () => {
  for (const name of names) {
    for (const line of await linesOf(join(folder, name))) assert.doesNotMatch(line, /secret-7f3a|73571113/, name);
  }
});

for (const name of names.filter((name) => name.startsWith('valid-'))) {
  test(`${name} is accepted`, async () => {
    assert.deepEqual(await linesOf(join(folder, name)), []);
  });
}
