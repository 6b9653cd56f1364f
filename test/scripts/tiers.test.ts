import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { filesToRunAgain } from '../../scripts/test/run-on.ts';
import { everything, filesOf, isWithin, onOneNode, quick, smoke } from '../../scripts/test/tiers.ts';

test('each path that a tier names is there', () => {
  const named = [quick, everything, smoke].flatMap(({ paths, without }) => [...paths, ...without]);
  assert.deepEqual(
    [...named, ...onOneNode].filter((path) => !existsSync(path)),
    [],
  );
});

test('the quick tests and those that show that the bundle runs are among all, and none of these runs on one Node alone', () => {
  const all = new Set(filesOf(everything));
  for (const file of [...filesOf(quick), ...filesOf(smoke)]) assert.ok(all.has(file), file);
  for (const file of filesOf(smoke)) assert.ok(!isWithin(file, onOneNode), file);
});

test('the quick tests start no process and build nothing', () => {
  for (const file of filesOf(quick)) {
    const imports = [...readFileSync(file, 'utf8').matchAll(/ from '(.+)';/g)].map(([, from = '']) => from);
    assert.deepEqual(
      imports.filter((from) => /^node:(child_process|net|http)$|^esbuild$|\/(programs|ran|child|memgap)\.ts$/.test(from)),
      [],
      file,
    );
  }
});

test('a module that fails as a whole is run again with all of its files, one of a test that is made elsewhere not at all', () => {
  const files = ['test/a/one.test.ts', 'test/a/two.test.ts', 'test/b/three.test.ts'];
  const modules = new Map([['/tmp/a.mjs', files.slice(0, 2)]]);
  const again = (...paths: string[]) =>
    filesToRunAgain(
      paths.map((file) => ({ name: 'x', file })),
      modules,
      files,
    );
  assert.deepEqual(again('/tmp/a.mjs'), files.slice(0, 2));
  assert.deepEqual(again(resolve('test/b/three.test.ts'), '/tmp/a.mjs'), [files[2], ...files.slice(0, 2)]);
  assert.deepEqual(again(resolve('test/b/three.test.ts'), resolve('test/made.ts')), []);
});
