import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { factsOf } from '../../scripts/go-layouts/facts.ts';
import { readProgram } from '../../scripts/go-layouts/read-program.ts';
import { readRecorded } from '../../scripts/go-layouts/recorded.ts';
import { everyGo, goLayouts, parseGoVersion } from '../../src/model/go-layouts.ts';
import { cache, locateLab, releases } from '../programs.ts';

const root = join(import.meta.dirname, '../..');
const newest = goLayouts.at(-1)?.minor;

const recorded = [...readRecorded()].map(([release, facts]) => ({ release, minor: parseGoVersion(release)?.minor, facts }));

for (const { release, minor, facts } of recorded) {
  test(`what programs of ${release} say of their runtime is what the table says`, () => {
    const row = goLayouts.find((layout) => layout.minor === minor);
    assert.ok(row !== undefined, `${release} has no row in src/model/go-layouts.ts`);
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
    assert.ok(row !== undefined, `${version.text} has no row in src/model/go-layouts.ts: see "A new Go release" in CONTRIBUTING.md`);
    assert.deepEqual(facts, factsOf(row));
  });
}

/** What no debug information has: constants within functions, and flags. */
const inSource = [
  { file: 'malloc.go', is: /uintptrMask&\(0x00c0<<32\)/, what: 'firstArenaHint' },
  { file: 'mheap.go', is: /n := 64 \* 1024 \/ goarch\.PtrSize\n/, what: 'allspansAtFirst' },
  { file: 'mgcpacer.go', is: /const minRunway = 64 << 10\n/, what: 'minRunway' },
  { file: 'mprof.go', is: /memProfile bucketType = 1 \+ iota\n\tblockProfile\n\tmutexProfile\n/, what: 'bucket.kinds' },
  {
    file: 'mem_linux.go',
    is: /^(?![\s\S]*_MAP_NORESERVE)/,
    what: 'that nothing of the runtime is mapped with MAP_NORESERVE (src/books/owners/classify.ts)',
  },
];

for (const release of ['go1.19', 'go-newest']) {
  test(`what no debug information has is in the source of ${release}`, (t) => {
    const runtime = join(cache, `debian/${release}/goroot/src/runtime`);
    if (!existsSync(runtime)) return t.skip(`${release} is not in the cache, run: make toolchain`);
    for (const { file, is, what } of inSource) assert.match(readFileSync(join(runtime, file), 'utf8'), is, `${file}: ${what}`);
  });
}

test('the releases that the lab is built with are the same in all lists', () => {
  const makefile = /^releases := (.+)$/m.exec(readFileSync(join(root, 'Makefile'), 'utf8'))?.[1];
  assert.deepEqual(makefile?.split(' '), releases);
  const rows = readFileSync(join(root, 'scripts/toolchain.sh'), 'utf8').matchAll(/^(go\S+) +\| /gm);
  assert.deepEqual([...rows].map(([, name]) => name).toSorted(), [...releases].toSorted());
});

test('of each release that the lab is built with the pages of a lab are kept, static and with cgo', () => {
  const minors = releases.map((release) => (release === 'go-newest' ? newest : parseGoVersion(release)?.minor));
  const kept = readdirSync(join(root, 'test/fixtures/go')).filter((name) => name.startsWith('lab-'));
  assert.deepEqual(kept.toSorted(), minors.flatMap((minor) => [`lab-1.${minor}-cgo`, `lab-1.${minor}-pure`]).toSorted());
});

test('what is said of all releases is said up to the newest: whoever adds one looks at it again', () => {
  const said = ['README.md', 'docs', 'src', 'acceptance', 'test/fixtures/go/README.md'].flatMap((path) => textsOf(path));
  for (const { path, text } of said) {
    for (const [range, minor] of text.matchAll(/1\.19 to 1\.(\d+)/g)) assert.equal(Number(minor), newest, `${path}: ${range}`);
  }
});

function textsOf(path: string): ReadonlyArray<{ readonly path: string; readonly text: string }> {
  if (/\.(md|ts)$/.test(path)) return [{ path, text: readFileSync(join(root, path), 'utf8') }];
  const names = readdirSync(join(root, path), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(md|ts)$/.test(name));
  return names.map((name) => ({ path: join(path, name), text: readFileSync(join(root, path, name), 'utf8') }));
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
