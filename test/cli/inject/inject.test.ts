import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseArguments } from '../../../src/cli/arguments.ts';
import { injectRequest } from '../../../src/cli/inject/inject-request.ts';

const made = process.env.MEMGAP_TEST_BUNDLE; // by scripts/test.sh, for all test files
const main = made === undefined ? ['--import', 'tsx', fileURLToPath(new URL('../../../src/main.ts', import.meta.url))] : [made];
const manifest = fileURLToPath(new URL('../../fixtures/inject/good/kubebuilder.yaml', import.meta.url));
const before = readFileSync(manifest, 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'memgap-inject-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], input: string | Buffer = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...main, 'inject', ...args], { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('standard input to standard output, and back; what was done to each object on standard error', () => {
  const there = run(['-f', '-'], before);
  assert.equal(there.status, 0);
  assert.match(there.stdout, /^ +- name: memgap$/m);
  assert.match(
    there.stderr,
    /^namespace\/system: untouched: not a workload that memgap knows\ndeployment\/controller-manager: injected: container manager \(65532:65532\), .*\n$/,
  );

  const back = run(['-f', '-', '--undo'], there.stdout);
  assert.deepEqual([back.status, back.stdout], [0, before]);
});

test('--in-place writes the file, keeps its mode and a link to it, and leaves nothing beside it', () => {
  const file = join(folder, 'web.yaml');
  writeFileSync(file, before);
  chmodSync(file, 0o640);
  symlinkSync('web.yaml', join(folder, 'link.yaml'));

  const { status, stdout } = run(['-i', '-f', join(folder, 'link.yaml')]);
  assert.deepEqual([status, stdout], [0, '']);
  assert.match(readFileSync(file, 'utf8'), /^ +- name: memgap$/m);
  assert.equal(statSync(file).mode & 0o7777, 0o640);
  assert.deepEqual(readdirSync(folder).toSorted(), ['link.yaml', 'web.yaml']);

  assert.equal(run(['-i', '-f', file, '--undo']).status, 0);
  assert.equal(readFileSync(file, 'utf8'), before);
});

test('a refusal writes nothing, neither to standard output nor to the file', () => {
  const file = join(folder, 'refused.yaml');
  const text = before.replace('        runAsUser: 65532\n', '');
  writeFileSync(file, text);
  const { status, stdout, stderr } = run(['-i', '-f', file]);
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /refused\.yaml:9:1: deployment\/controller-manager: refused: no UID is known/);
  assert.match(stderr, /memgap: nothing was written\n$/);
  assert.equal(readFileSync(file, 'utf8'), text);
});

test('what can not be read is said, with exit code 1', () => {
  assert.deepEqual(run(['-f', join(folder, 'none.yaml')]), {
    status: 1,
    stdout: '',
    stderr: `memgap: cannot read ${join(folder, 'none.yaml')}: ENOENT\n`,
  });
  assert.match(run(['-f', folder]).stderr, /EISDIR/);
  assert.match(run(['-f', '-'], Buffer.from([0x61, 0xff])).stderr, /not UTF-8/);
});

test('a command line that is wrong says what to do, with exit code 2', () => {
  for (const [args, message] of [
    [[], /needs a manifest: -f FILE/],
    [['web.yaml'], /takes no "web.yaml": name the file with -f/],
    [['-i', '-f', '-'], /--in-place needs a file/],
  ] as const) {
    const { status, stderr } = run(args);
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
});

test('each flag is checked before anything is read', () => {
  const problem = (...flags: readonly string[]) => {
    const args = parseArguments(['inject', ...flags]);
    const request = 'message' in args ? args : injectRequest(args);
    return 'message' in request ? request.message : '';
  };
  for (const port of ['0', '65536', 'x', '-1', '1e3']) assert.match(problem(`--port=${port}`), /--port is a number from 1 to 65535/);
  for (const ids of ['1000', '1000:', ':1', 'root:root', '1:2:3', '4294967296:1']) assert.match(problem(`--run-as=${ids}`), /--run-as is/);
  for (const image of ['', 'a b', '-x', 'a\nb']) assert.match(problem(`--image=${image}`), /--image is not/);
  for (const url of ['ftp://x', 'http://u:secret@127.0.0.1/']) assert.match(problem(`--pprof=${url}`), /^--pprof: /);
  for (const url of ['http://operator:6060/debug/pprof', 'unix:/run/op.sock:/debug/pprof']) {
    assert.match(problem(`--pprof=${url}`), /of the pod itself/);
  }
  assert.match(problem('--exe='), /^--exe: /);
  assert.doesNotMatch(problem('--pprof=http://u:secret@127.0.0.1/'), /secret/);
  assert.equal(
    problem('--image=registry.example.org:5000/team/memgap:1@sha256:0f', '--run-as=0:0', '--pprof=http://[::1]:6060/debug/pprof'),
    '',
  );
});
