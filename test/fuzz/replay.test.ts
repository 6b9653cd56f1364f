import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Broken, type Kind } from './kind.ts';
import { kinds } from './kinds/index.ts';
import { failureOf, run } from './run.ts';

const folder = join(import.meta.dirname ?? __dirname, 'failures');
const saved = readdirSync(folder).filter((name) => name !== 'README.md');

for (const file of saved) {
  test(`what once failed does not any more: ${file}`, async () => {
    const kind = kinds.find(({ name }) => file.replace(/-[0-9a-f]{8}\.\w+$/, '') === name);

    assert.ok(kind, 'there is no such kind');
    assert.equal(await failureOf(kind, readFileSync(join(folder, file))), undefined);
  });
}

test('some inputs of each kind hold their properties', async () => {
  for (const kind of kinds) {
    const failures = await run(kind, 1, 0, Math.max(3, Math.ceil(kind.weight / 6)));
    assert.deepEqual(
      failures.map(({ message }) => `${kind.name}: ${message}`),
      [],
    );
  }
});

test('a seed makes the same inputs, and a failure is found, told and made smaller', async () => {
  const seen: string[] = [];
  const odd: Kind = {
    name: 'odd',
    extension: 'txt',
    weight: 1,
    make: (random) => Buffer.from(Array.from({ length: 50 }, () => random.pick(['a', 'b', 'c', 'x'])).join('')),
    check(input) {
      seen.push(input.toString());
      if (input.includes('x')) throw new Broken(`an x at ${input.indexOf('x')}`);
    },
  };
  const failures = await run(odd, 7, 0, 20);
  const [first, ...others] = failures;
  assert.deepEqual([first?.input.toString(), first?.message, first?.index, others.length], ['x', 'an x at 0', 0, 0]);
  const once = seen.splice(0);
  await run(odd, 7, 0, 20);
  assert.deepEqual(seen, once);
});

test('an exception is a failure that names its place', async () => {
  const throwing: Kind = { name: 't', extension: 'txt', weight: 1, make: () => Buffer.from('x'), check: () => JSON.parse('{') };
  assert.match((await failureOf(throwing, Buffer.from('x'))) ?? '', /^SyntaxError: /);
});
