import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'memgap-code-cache-'));
after(() => rmSync(folder, { recursive: true, force: true }));
chmodSync(folder, 0o755); // other users look in

/**
 * memgap as it is installed, made on this node, and what tells of each bundle that it loads whether V8 took the code that was kept of it.
 */
function install(): string {
  const to = join(folder, 'memgap');
  mkdirSync(join(to, 'bin'), { recursive: true });
  copyFileSync(join(root, 'bin/memgap'), join(to, 'bin/memgap'));
  const made = process.env.MEMGAP_TEST_BUNDLE; // by scripts/test.sh, for all test files
  if (made !== undefined) cpSync(dirname(made), join(to, 'dist'), { recursive: true });
  if (!cachesIn(to).some((name) => name.includes(`${process.version}-`))) {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), 'src/main.ts', join(to, 'dist/memgap.cjs')], {
      cwd: root,
    });
    assert.equal(status, 0, String(stderr));
  }
  copyFileSync(process.execPath, join(folder, 'node')); // where it is, not every user may look
  writeFileSync(
    join(folder, 'tell.cjs'),
    `const vm = require('node:vm');
     vm.Script = class extends vm.Script {
       constructor(text, options) {
         super(text, options);
         require('node:fs').writeSync(2, options.cachedData === undefined ? '<none>' : this.cachedDataRejected ? '<rejected>' : '<taken>');
       }
     };`,
  );
  writeFileSync(join(folder, 'memgap.yml'), 'targets: [{ name: init, process: { pid: 1 } }]\n');
  return to;
}

function cachesIn(installed: string): readonly string[] {
  try {
    return readdirSync(join(installed, 'dist')).filter((name) => name.endsWith('.cache'));
  } catch {
    return [];
  }
}

const memgap = install();
const node = join(folder, 'node');
const launcher = [join(memgap, 'bin/memgap')];

/** The ENTRYPOINT of the Dockerfile, with node and the bundle where they are here. */
function entryPoint(): readonly string[] {
  const words = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))?.[1] ?? '[]') as readonly string[];
  return words.map((word) => (word === '/usr/bin/node' ? node : word.replace('/opt/memgap', join(memgap, 'dist'))));
}

function run(command: readonly string[], args: readonly string[], uid?: number) {
  const [program = '', ...rest] = command;
  const env = { PATH: process.env.PATH, MEMGAP_NODE: node, NODE_OPTIONS: `--require=${join(folder, 'tell.cjs')}` };
  const { status, stdout, stderr } = spawnSync(program, [...rest, ...args], {
    cwd: '/',
    encoding: 'utf8',
    env,
    ...(uid !== undefined && { uid, gid: uid }),
  });
  return { status, stdout, stderr };
}

const checks = ['check-config', join(folder, 'memgap.yml')];
const wrongServe = ['serve', '--log.level', 'loud']; // which loads all of serve and says no

const uids = process.getuid?.() === 0 ? [0, 65532, 12345] : [undefined];

for (const [way, command] of [
  ['the launcher', launcher],
  ['the entry point of the image', entryPoint()],
] as const) {
  test(`V8 takes the code that was kept, whoever starts ${way}`, () => {
    for (const uid of uids) {
      const checked = run(command, checks, uid);
      assert.deepEqual({ status: checked.status, stderr: checked.stderr }, { status: 0, stderr: '<taken>' }, `uid ${uid}`);
      const refused = run(command, wrongServe, uid);
      assert.equal(refused.status, 2, `uid ${uid}`);
      assert.match(refused.stderr, /^<taken>memgap: --log\.level is one of .*\n/, `uid ${uid}`);
    }
  });
}

test('without it, and where V8 does not take it, memgap does the same and says nothing of it', () => {
  const as = (stderr: string) => ({ status: 0, stdout: run(launcher, checks).stdout, stderr });
  assert.deepEqual(run([node, join(memgap, 'dist/memgap.cjs')], checks), as('<rejected>'), 'other flags');

  const caches = cachesIn(memgap).filter((name) => name.startsWith('commands-'));
  const [own, other] = [true, false].map((isOwn) => caches.find((name) => name.includes(`${process.version}-`) === isOwn));
  assert.ok(own !== undefined);
  const expected = as('<rejected>');
  if (other !== undefined) {
    copyFileSync(join(memgap, 'dist', other), join(memgap, 'dist', own));
    assert.deepEqual(run(launcher, checks), expected, 'of another node');
  }
  rmSync(join(memgap, 'dist', own));
  assert.deepEqual(run(launcher, checks), { ...expected, stderr: '<none>' }, 'none');
});
