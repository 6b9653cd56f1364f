import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { depthBelow } from '../../src/discovery/in-cgroup.ts';

interface Recorded {
  readonly paths: ReadonlyArray<{ readonly name: string; readonly path: string }>;
}

const recorded: Recorded = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/identity-paths.json'), 'utf8'));

test('the path of every container runtime is found whole, by its last part and by its last two', () => {
  for (const { name, path } of recorded.paths) {
    assert.equal(depthBelow(path, path), 0, name);
    const parts = path.split('/').slice(1);
    if (path === '/') continue;
    assert.equal(depthBelow(parts.slice(-1).join('/'), path), 0, name);
    assert.equal(depthBelow(parts.slice(-2).join('/'), path), 0, name);
  }
});

test("a child group that the runtime made is below the container's", () => {
  assert.equal(depthBelow('crio-1.scope', '/pods/crio-1.scope/container'), 1);
  assert.equal(depthBelow('/pods/crio-1.scope', '/pods/crio-1.scope/container'), 1);
});

test('part of a name, another path and a path that only begins alike are elsewhere', () => {
  for (const [wanted, path] of [
    ['crio', '/crio-1.scope'],
    ['/crio-1.scope', '/pods/crio-1.scope'],
    ['a/c', '/a/b/c'],
    ['', '/a'],
    ['/a/b', '/a'],
  ] as const) {
    assert.equal(depthBelow(wanted, path), undefined, `${wanted} ${path}`);
  }
});

test('the root group is itself alone, though everything is below it', () => {
  assert.equal(depthBelow('/', '/'), 0);
  assert.equal(depthBelow('/', '/a'), undefined);
});

test('every path is found by itself', () => {
  const part = fc.string({ minLength: 1, maxLength: 9 }).filter((text) => !/^\.?$|\//.test(text));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      assert.equal(depthBelow(`/${parts.join('/')}`, `/${parts.join('/')}`), 0);
      assert.equal(depthBelow(parts.at(-1) ?? '', `/${parts.join('/')}`), 0);
    }),
  );
});
