import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { factsOf } from '../scripts/go-layouts/facts.ts';
import { readProgram } from '../scripts/go-layouts/read-program.ts';
import { readRecorded } from '../scripts/go-layouts/recorded.ts';
import { everyGo, goLayouts, parseGoVersion } from '../src/go-layouts.ts';
import { cache, locateLab } from './programs.ts';

const recorded = [...readRecorded()].map(([release, facts]) => ({ release, minor: parseGoVersion(release)?.minor, facts }));

for (const { release, minor, facts } of recorded) {
  test(`what programs of ${release} say of their runtime is what the table says`, () => {
    const row = goLayouts.find((layout) => layout.minor === minor);
    assert.ok(row !== undefined, `${release} has no row in src/go-layouts.ts`);
    assert.deepEqual(facts, factsOf(row));
  });
}

test('every release of the table was recorded, one after the other', () => {
  const minors = goLayouts.map(({ minor }) => minor);
  assert.deepEqual(
    recorded.map(({ minor }) => minor),
    minors,
  );
  assert.deepEqual(
    minors,
    minors.map((_, index) => (minors[0] ?? 0) + index),
  );
});

for (const lab of ['go1.19-pure', 'go-newest-pure'] as const) {
  test(`${lab} says of its runtime what the table says`, (t) => {
    const program = locateLab(lab);
    if (!program.ok) return t.skip(program.detail);
    if (!existsSync(join(cache, 'debian/go-newest/goroot/bin/go'))) return t.skip('the newest Go is not in the cache, run: make toolchain');
    const { version, facts } = readProgram(program.value, cache);
    const row = goLayouts.find(({ minor }) => minor === version.minor);
    assert.ok(row !== undefined, `${version.text} has no row in src/go-layouts.ts: see "A new Go release" in CONTRIBUTING.md`);
    assert.deepEqual(facts, factsOf(row));
  });
}

test('what a member is in any release is told once each, in ascending order', () => {
  for (const member of ['spans', 'allocBits', 'heapInUse', 'heapStatsDelta', 'heapArena'] as const) {
    const values = everyGo(member);
    assert.deepEqual(
      values,
      [...new Set(goLayouts.map((layout) => layout[member]))].toSorted((one, other) => one - other),
    );
  }
});

test('a version is read as the runtime and the executable say it', () => {
  assert.deepEqual(parseGoVersion('go1.24.4'), { text: 'go1.24.4', minor: 24, patch: 4 });
  assert.deepEqual(parseGoVersion('go1.26rc1'), { text: 'go1.26', minor: 26, patch: 0 });
  for (const none of ['devel +0123', '', 'go2.1', '1.24']) assert.equal(parseGoVersion(none), undefined, none);
});
