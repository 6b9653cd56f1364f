import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { budgets } from '../../src/budgets.ts';
import { readMounts } from '../../src/files/mount-trust.ts';
import type { Mounts, MountTrust } from '../../src/files/mountinfo.ts';
import { linkOfFd, openPath, placeOf, withPlace } from '../../src/files/open-path.ts';
import { type ResolvedPath, resolvePath } from '../../src/files/resolve-path.ts';
import { folder } from '../kernel/process/processes.ts';
import { runs } from '../runs.ts';

/** Whatever is met is local. */
const trusting: Mounts = { of: readMounts('/proc').of, trustOf: () => 'local' };

/** A folder of files and links: a text that begins with `-> ` is a link's. */
function tree(t: TestContext, entries: Readonly<Record<string, string>>): string {
  const root = folder(t);
  for (const [path, text] of Object.entries(entries)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(root, path));
    else writeFileSync(join(root, path), text);
  }
  return root;
}

function walkFrom<T>(root: string, path: string, mounts: Mounts, use: (end: ResolvedPath) => T): T {
  return withPlace(root, constants.O_DIRECTORY, (fd) => {
    const end = resolvePath(fd, path, mounts);
    try {
      return use(end);
    } finally {
      if (end.fd !== undefined) closeSync(end.fd);
    }
  });
}

/** Where a walk ends, by its path from the root; else errno's name. */
function endOf(root: string, path: string, mounts = trusting): string {
  return endBy(root, () => walkFrom(root, path, mounts, ({ fd }) => (fd === undefined ? 'nowhere' : linkOf(fd))));
}

function endBy(root: string, open: () => string): string {
  try {
    return open().slice(root === '/' ? 0 : root.length);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

function linkOf(fd: number): string {
  return readlinkSync(linkOfFd(fd));
}

/** Mounts of which all is local where the walk begins, and nothing from its first step on. */
function localAtFirst(then: MountTrust): Mounts {
  let isFirst = true;
  return {
    of: trusting.of,
    trustOf() {
      const trust = isFirst ? 'local' : then;
      isFirst = false;
      return trust;
    },
  };
}

const files = {
  'a/b/file': 'x',
  'a/up': '-> ../a/b',
  'a/absolute': '-> /a/b/file',
  'a/b/twice': '-> ../absolute',
  'a/b/over': '-> /../../a/up/.././b/file',
  'a/outside': '-> /etc/hostname',
  'a/dangling': '-> b/none',
  'loop/one': '-> two',
  'loop/two': '-> /loop/one',
  'loop/self': '-> self/x',
};

for (const [path, end] of [
  ['/a/b/file', '/a/b/file'],
  ['a//./b/', '/a/b'],
  ['', ''],
  ['/', ''],
  ['../../a/b', '/a/b'], // there is nothing above the root
  ['/a/b/../../a/b/..', '/a'],
  ['/a/up', '/a/b'],
  ['/a/up/file', '/a/b/file'],
  ['/a/up/..', '/a'], // of where the link leads to
  ['/a/absolute', '/a/b/file'], // from the root of the walk, which is not the machine's
  ['/a/b/twice', '/a/b/file'],
  ['/a/b/over', '/a/b/file'],
  ['/a/outside', 'ENOENT'], // nothing of memgap's own
  ['/a/dangling', 'ENOENT'],
  ['/a/none/file', 'ENOENT'],
  ['/a/none/..', 'ENOENT'],
  ['/a/b/file/x', 'ENOTDIR'],
  ['/loop/one', 'ELOOP'],
  ['/loop/self', 'ELOOP'],
] as const) {
  test(`a walk to "${path}" ends at ${end === '' ? 'the root' : end}`, (t) => assert.equal(endOf(tree(t, files), path), end));
}

test('any path of a tree with links ends where the kernel ends it', (t) => {
  const deep = 'd/d/d/d/d/d/d/d/'; // so that no path climbs out, where the kernel would go on
  const inside = {
    'a/b/file': 'x',
    'a/b/l': '-> ..',
    'a/l': '-> b',
    'a/none': '-> x',
    'b/l': '-> ../a/l',
    'b/f': '-> l/file',
    l: '-> b/../a',
  };
  const root = tree(t, Object.fromEntries(Object.entries(inside).map(([path, text]) => [deep + path, text])));
  const part = fc.constantFrom('a', 'b', 'l', 'f', 'file', 'none', '.', '..', '');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const path = `${deep}${parts.join('/')}`;
      const end = endBy(root, () => withPlace(`${root}/${path}`, 0, linkOf));
      fc.pre(end !== 'ENOTDIR'); // a walk takes "file/." and "file/.." for the file and its folder
      assert.equal(endOf(root, path), end, path);
    }),
    { numRuns: runs(300) },
  );
});

test('a path of more parts and links than the budget is refused', (t) => {
  const root = tree(t, { 'a/b': 'x' });
  const steps = budgets.pathSteps.maxEntries;
  assert.equal(endOf(root, `a/../${'a/../'.repeat(steps / 2 - 2)}a`), '/a');
  assert.equal(endOf(root, `${'a/../'.repeat(steps / 2)}a`), 'ELOOP');
});

for (const trust of ['remote', 'unproven'] as const) {
  test(`a place on a mount that is ${trust} is opened, and what is below it is not looked for`, (t) => {
    const root = tree(t, { 'a/b': 'x', link: '-> a/none' });
    const at = walkFrom(root, 'a', localAtFirst(trust), (end) => [end.trust, end.fd !== undefined && linkOf(end.fd)]);
    assert.deepEqual(at, [trust, join(root, 'a')]);
    for (const path of ['a/none', 'a/b', 'a/..', 'link']) {
      const below = walkFrom(root, path, localAtFirst(trust), (end) => end); // a look-up of "none" would have said ENOENT
      assert.deepEqual([below.fd, below.trust, below.mount?.id], [undefined, trust, withPlace(root, 0, placeOf).mountId]);
    }
  });
}

test('a mount that nobody sees is no place to look further in', (t) => {
  const blind: Mounts = { of: () => undefined, trustOf: readMounts('/proc').trustOf };
  assert.deepEqual(
    walkFrom(tree(t, { 'a/b': 'x' }), 'a/b', blind, (end) => end),
    { fd: undefined, mount: undefined, trust: 'unproven' },
  );
});

test('a link of procfs leads where the kernel leads, and the walk goes on from there', (t) => {
  const root = tree(t, { 'a/b': 'x' });
  const fd = openSync(join(root, 'a'), openPath | constants.O_DIRECTORY);
  t.after(() => closeSync(fd));
  assert.equal(endOf('/', `/proc/self/fd/${fd}/b`), `${root}/a/b`);
  assert.equal(endOf('/', `/proc/${process.pid}/root${root}/a/b`), `${root}/a/b`);
  const same = walkFrom('/', '/proc/self/exe', trusting, (end) => end.fd !== undefined && fstatSync(end.fd).ino);
  assert.equal(same, statSync(process.execPath).ino);
  assert.equal(endOf('/', '/proc/self/cwd'), process.cwd());
});

test('a link of procfs leads to a file that was removed, which its text does not', (t) => {
  const root = tree(t, { file: 'x' });
  const fd = openSync(join(root, 'file'), openPath);
  t.after(() => closeSync(fd));
  rmSync(join(root, 'file'));
  assert.equal(endOf('/', `/proc/self/fd/${fd}`), `${root}/file (deleted)`);
});

test('".." behind a link of procfs is the folder above where it leads', (t) => {
  const root = tree(t, { 'a/b': 'x', c: 'y' });
  const fd = openSync(join(root, 'a'), openPath | constants.O_DIRECTORY);
  t.after(() => closeSync(fd));
  assert.equal(endOf('/', `/proc/self/fd/${fd}/../c`), `${root}/c`);
  assert.equal(endOf('/', '/proc/self/../version'), '/proc/version');
});

test("the mounts of a process's own namespace are asked for below its root, by its pid", () => {
  const pids = new Set<number | undefined>();
  const watching: Mounts = {
    of(id, pid) {
      pids.add(pid);
      return trusting.of(id, pid);
    },
    trustOf: trusting.trustOf,
  };
  endOf('/', `/proc/${process.pid}/root/tmp`, watching);
  assert.deepEqual([...pids], [undefined, process.pid]);
});

test('a walk holds nothing open but the place that it gives, however it ends', (t) => {
  const root = tree(t, files);
  const before = readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 50; round += 1) {
    for (const path of ['a/b/over', 'a/none', 'loop/one', 'a/b/file/x']) endOf(root, path);
    walkFrom(root, 'a/b', localAtFirst('remote'), () => undefined);
  }
  assert.ok(readdirSync('/proc/self/fd').length <= before + 3); // the runner opens and closes some of its own
});
