import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configPage } from '../../scripts/generate/config-page.ts';
import { generated } from '../../scripts/generate.ts';
import { loadConfig } from '../../src/config/load.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

for (const { path, make } of generated) {
  test(`${path} as committed is what the code makes (else: npm run generate)`, () => {
    assert.equal(readFileSync(join(root, path), 'utf8'), make());
  });
}

test('the page describes every field', () => {
  const undescribed = configPage()
    .split('\n')
    .filter((line) => line.startsWith('| `') && /\| *\|$/.test(line));

  assert.deepEqual(undescribed, []);
});

test('the example is a good configuration, and names every field', async () => {
  const file = join(root, 'config/memgap.example.yml');
  const text = readFileSync(file, 'utf8');
  const fields = [...configPage().matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name ?? '');

  const result = await loadConfig(file);
  assert.equal(result.ok, true, JSON.stringify(result));
  assert.match(text, /^# yaml-language-server: \$schema=memgap\.schema\.json\n/);
  assert.deepEqual(
    fields.filter((name) => !new RegExp(`\\b${name}:`).test(text)),
    ['ca', 'cert', 'key'], // PEM text in YAML is nothing to imitate
  );
});
