import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), '../../scripts/toolchain.sh');

function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-toolchain-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Runs it with a PATH that has just these programs: no apt-get is no network. */
function toolchain(t: TestContext, cache: string, ...names: readonly string[]) {
  const path = emptyFolder(t);
  for (const program of ['awk', 'bash', 'cut', 'dirname', 'grep', 'head', 'sed', 'tr']) {
    const where = spawnSync('bash', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(where, join(path, program));
  }
  return spawnSync(join(path, 'bash'), [script, ...names], { encoding: 'utf8', env: { PATH: path, MEMGAP_CACHE: cache } });
}

test('what is in the cache needs neither apt nor a network', (t) => {
  const cache = emptyFolder(t);
  const row = /^exporters .*$/m.exec(readFileSync(script, 'utf8'))?.[0] ?? '';
  mkdirSync(join(cache, 'debian/exporters'), { recursive: true });
  writeFileSync(join(cache, 'debian/exporters/.stamp'), `${row.replaceAll(/ +/g, ' ')}\nsome-package 1.0\n`);

  const { status, stderr } = toolchain(t, cache, 'exporters');

  assert.equal(status, 0, stderr);
  assert.match(stderr, /exporters: some-package 1\.0 \(in the cache\)/);
});

test('a changed row of the table is not taken for what is in the cache', (t) => {
  const cache = emptyFolder(t);
  mkdirSync(join(cache, 'debian/exporters'), { recursive: true });
  writeFileSync(join(cache, 'debian/exporters/.stamp'), 'exporters | an older suite\nsome-package 1.0\n');

  assert.equal(toolchain(t, cache, 'exporters').status, 3);
});

test('a machine without apt is refused with what is missing, and nothing is written', (t) => {
  const cache = emptyFolder(t);

  const { status, stderr } = toolchain(t, cache, 'prometheus');

  assert.equal(status, 3);
  assert.match(stderr, /not possible here: apt-get is not installed/);
  assert.deepEqual(readdirSync(cache), []);
});

test('an unknown name is refused with the list of names', (t) => {
  const { status, stderr } = toolchain(t, emptyFolder(t), 'go0.9');

  assert.equal(status, 2);
  assert.match(stderr, /unknown name: go0\.9 \(names: go1\.19 go-newest prometheus exporters/);
});
