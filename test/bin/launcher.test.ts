import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const flags = /^flags='(.*)'$/m.exec(readFileSync(join(root, 'bin/memgap'), 'utf8'))?.[1]?.split(' ') ?? [];

/** A package with the launcher and a bundle that prints what it was given; `bundle` false leaves that out. */
function installed(t: TestContext, bundle = true): string {
  const folder = mkdtempSync(join(tmpdir(), 'memgap launcher-')); // a space, for the quoting
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['bin', 'dist', 'links']) mkdirSync(join(folder, name));
  copyFileSync(join(root, 'bin/memgap'), join(folder, 'bin/memgap'));
  if (bundle) writeFileSync(join(folder, 'dist/memgap.cjs'), 'console.log(JSON.stringify([process.execArgv, process.argv.slice(2)]))');
  return folder;
}

function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  return spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, MEMGAP_NODE: process.execPath, ...environment } });
}

test('the launcher adds the flags and hands on the arguments', (t) => {
  const { stdout, stderr, status } = run(join(installed(t), 'bin/memgap'), ['serve', '--config.file', 'a b.yml']);

  assert.equal(status, 0, stderr);
  assert.ok(flags.length > 0);
  assert.deepEqual(JSON.parse(stdout), [flags, ['serve', '--config.file', 'a b.yml']]);
});

test('the launcher finds its bundle through symbolic links, as npm makes them', (t) => {
  const folder = installed(t);
  symlinkSync('../bin/memgap', join(folder, 'links/first'));
  symlinkSync('first', join(folder, 'links/second'));

  assert.equal(run(join(folder, 'links/second'), ['x']).status, 0);
});

test('the launcher says what to do when the bundle is not built', (t) => {
  const { stderr, status } = run(join(installed(t, false), 'bin/memgap'), []);

  assert.equal(status, 127);
  assert.match(stderr, /memgap\.cjs is not there, run: npm run build/);
});

test('the launcher says what to do when node is missing', (t) => {
  const { stderr, status } = run(join(installed(t), 'bin/memgap'), [], { MEMGAP_NODE: 'no-such-node' });

  assert.equal(status, 127);
  assert.match(stderr, /no-such-node not found: install Node\.js 20\.18\.1 or newer/);
});

for (const [version, accepted] of [
  ['v18.20.4', false],
  ['v20.9.0', false],
  ['v20.18.0', false],
  ['v20.18.1', true],
  ['v20.18.1-nightly', true],
  ['v26.0.0', true],
] as const) {
  test(`the launcher ${accepted ? 'takes' : 'refuses'} node ${version}`, (t) => {
    const folder = installed(t);
    const node = join(folder, 'node');
    writeFileSync(node, `#!/bin/sh\necho ${version}\n`);
    chmodSync(node, 0o755);

    const { stderr, status } = run(join(folder, 'bin/memgap'), [], { MEMGAP_NODE: node });

    assert.equal(status, accepted ? 0 : 127);
    if (!accepted) assert.match(stderr, /Node\.js 20\.18\.1 or newer is needed/);
  });
}

test("the image's entry point is the launcher's", () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const entryPoint: unknown = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]');

  assert.deepEqual(entryPoint, ['/usr/bin/node', ...flags, '/opt/memgap/memgap.cjs']);
});

test('the image tells malloc what the launcher does', () => {
  const told = (file: string) =>
    readFileSync(join(root, file), 'utf8')
      .match(/MALLOC_\w+=\d+/g)
      ?.toSorted();

  assert.equal(told('bin/memgap')?.length, 3);
  assert.deepEqual(told('Dockerfile'), told('bin/memgap'));
});

test('the image runs as a numeric user, as runAsNonRoot asks', () => {
  assert.match(readFileSync(join(root, 'Dockerfile'), 'utf8'), /^USER 65532:65532$/m);
});
