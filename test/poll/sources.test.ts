import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { search } from '../../src/discovery/find.ts';
import { sources } from '../../src/poll/sources.ts';

const root = join(import.meta.dirname, '../../src');
const texts = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** What reads sources but is no poll. */
const beside = /^(kernel|goruntime|cli)\//;

test('the list has every source that there is, under the name that it gives itself; looking for the process is one beside it', () => {
  const written = texts.flatMap(({ text }) => [
    ...text.matchAll(/^export const \w+(?:: Source<.*>)? = \{\n {2}name: '(\w+)',\n {2}without:/gm),
  ]);
  assert.deepEqual(written.map(([, name]) => name).toSorted(), [...Object.keys(sources), search.name].toSorted());
  for (const [key, { name }] of Object.entries(sources)) assert.equal(name, key);
});

test('every source is read at polls', () => {
  const polls = texts.filter(({ path }) => !beside.test(path)).map(({ text }) => text);
  const unread = Object.keys(sources).filter((key) => !polls.some((text) => new RegExp(`\\bsources\\.${key}\\b`).test(text)));
  assert.deepEqual(unread, []);
});

/** Tested by groups, recorded and real: real-groups.test.ts, numbers.test.ts, strangers.test.ts. */
const testedElsewhere = ['kernel/cgroup/cgroup.ts', 'kernel/cgroup/pressure.ts', 'kernel/cgroup/procs.ts'];

test('every source has its test', () => {
  const files = texts.filter(({ path, text }) => /^(kernel|goruntime)\//.test(path) && /^ {2}without:/m.test(text)).map(({ path }) => path);
  const tested = new Set(readdirSync(join(root, '../test'), { recursive: true, encoding: 'utf8' }).map((path) => basename(path)));
  const without = files.filter((path) => !tested.has(basename(path).replace(/\.ts$/, '.test.ts')));
  assert.deepEqual(without.toSorted(), testedElsewhere);
});
