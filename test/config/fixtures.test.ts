import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

const folder = fileURLToPath(new URL('../fixtures/config', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.yml'));

function linesOf(file: string): readonly string[] {
  const result = loadConfig(file);
  return result.ok ? [] : result.problems.map((problem) => formatProblem({ ...problem, file: basename(file) }));
}

test('there is a file for every way to be wrong', () => {
  assert.ok(names.filter((name) => name.startsWith('invalid-')).length > 90);
});

for (const name of names.filter((name) => name.startsWith('invalid-'))) {
  test(`${name} is refused, and the reasons are those of its .expected`, () => {
    const lines = linesOf(join(folder, name));
    const expected = readFileSync(join(folder, name.replace(/\.yml$/, '.expected')), 'utf8');

    assert.notEqual(lines.length, 0, 'it was accepted');
    assert.equal(`${lines.join('\n')}\n`, expected);
  });
}

test('no refusal repeats a secret, wherever it was written', () => {
  for (const name of names) {
    for (const line of linesOf(join(folder, name))) assert.doesNotMatch(line, /secret-7f3a|73571113/, name);
  }
});

for (const name of names.filter((name) => name.startsWith('valid-'))) {
  test(`${name} is accepted`, () => {
    assert.deepEqual(linesOf(join(folder, name)), []);
  });
}
