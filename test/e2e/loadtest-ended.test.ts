import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, locateLab, startLab } from '../programs.ts';
import { memgap, memgapCommand, until, writeConfig } from './memgap.ts';

async function lab(t: TestContext): Promise<Lab | string> {
  const program = locateLab('go-newest-cgo');
  if (!program.ok) return program.detail;
  const started = await startLab(program.value);
  t.after(() => started.stop());
  return started;
}

/** A load test that runs, with all that it said so far. */
async function started(t: TestContext, url: string, run: string) {
  const words = await memgapCommand(['loadtest', url, '--settle', '0s', '--run', run]);
  const child = spawn('sh', ['-c', `exec ${words}`], { env: { ...process.env, MEMGAP_NODE: process.execPath } });
  t.after(() => child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  let isOver = false;
  child.once('close', () => {
    isOver = true;
  });
  return { child, said, ended: () => until(() => isOver), when: (isSo: () => boolean) => until(() => isSo() || isOver) };
}

/** Shell text: a child that writes its pid into a file and ends by SIGKILL only. */
function stubborn(file: string): string {
  return `sh -c "trap : TERM; echo \\$\\$ >${file}; while :; do sleep 0.2; done" & wait`;
}

function pidIn(file: string): string {
  return readFileSync(file, 'utf8').trim();
}

/** A zombie has ended, though nobody may have reaped it yet. */
function lives(pid: string): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('a load that fails, or takes too long, ends with its children, fails the test, and what was recorded is reported', async (t) => {
  const program = await lab(t);
  if (typeof program === 'string') return t.skip(program);
  const url = `http://${program.address}/debug/pprof`;
  const file = writeConfig('late.txt', '');

  const failed = await memgap(['loadtest', url, '--settle', '0s', '--run', 'exit 4']);
  const late = await memgap([
    'loadtest',
    url,
    '--settle',
    '0s',
    '--run-timeout',
    '5s',
    '--run',
    `(sleep 30; echo late >'${file}') & echo $! >'${file}'; wait`,
  ]);

  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /^memgap: load 1 ended with exit code 4$/m);
  assert.match(failed.stdout, /^note: the test was not finished: load 1 ended with exit code 4$/m);
  assert.equal(late.code, 1);
  assert.match(late.stderr, /load 1 was not done within 5s \(--run-timeout\)/);
  const child = readFileSync(file, 'utf8').trim();
  await until(() => !existsSync(`/proc/${child}`));
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} ends the load with its children, and what was recorded is reported`, async (t) => {
    const program = await lab(t);
    if (typeof program === 'string') return t.skip(program);
    const file = writeConfig(`${signal}.txt`, '');
    const { child, said, ended, when } = await started(t, `http://${program.address}/debug/pprof`, stubborn(file));

    await when(() => pidIn(file) !== '');
    child.kill(signal);
    await ended();

    assert.equal(child.exitCode, 1, said.stderr);
    assert.match(said.stdout, /^note: the test was not finished: load 1 was interrupted$/m);
    assert.equal(lives(pidIn(file)), false);
  });
}

test('a second signal ends memgap at once, and the load with it', async (t) => {
  const program = await lab(t);
  if (typeof program === 'string') return t.skip(program);
  const file = writeConfig('twice.txt', '');
  const { child, said, ended, when } = await started(t, `http://${program.address}/debug/pprof`, stubborn(file));

  await when(() => pidIn(file) !== '');
  child.kill('SIGTERM');
  await when(() => said.stderr.includes('another one ends memgap at once'));
  await sleep(300);
  child.kill('SIGTERM');
  await ended();

  assert.equal(child.exitCode, 1, said.stderr);
  assert.equal(said.stdout, '', 'it did not wait for its report');
  await until(() => !lives(pidIn(file)));
});

test('a target that is killed under the load is told, and ends the load, whatever the load says of it', async (t) => {
  const program = await lab(t);
  const other = await lab(t);
  if (typeof program === 'string' || typeof other === 'string') return t.skip(String(program));
  const gone = (pid: number) => `the target is gone: the process ${pid} has ended`;

  const failed = await memgap([
    'loadtest',
    `http://${program.address}/debug/pprof`,
    '--settle',
    '0s',
    '--run',
    `kill ${program.pid}; exit 7`,
  ]);
  const long = await memgap([
    'loadtest',
    `http://${other.address}/debug/pprof`,
    '--settle',
    '0s',
    '--run',
    `kill ${other.pid}; exec sleep 900`,
  ]);

  assert.equal(failed.code, 1);
  assert.match(failed.stderr, new RegExp(`^memgap: ${gone(program.pid)}; load 1 ended with exit code 7$`, 'm'));
  assert.equal(long.code, 1);
  assert.match(long.stderr, new RegExp(`^memgap: ${gone(other.pid)}; load 1 was ended with it$`, 'm'));
});

test('a target that is restarted under the load is told as such', async (t) => {
  const program = await lab(t);
  const path = locateLab('go-newest-cgo');
  if (typeof program === 'string' || !path.ok) return t.skip(String(program));
  const file = writeConfig('restarted.txt', '');
  const { child, said, ended, when } = await started(t, `http://${program.address}/debug/pprof`, `echo 1 >${file}; exec sleep 900`);

  await when(() => pidIn(file) !== '');
  await program.stop();
  const next = await startLab(path.value, program.address);
  t.after(() => next.stop());
  await ended();

  assert.equal(child.exitCode, 1, said.stderr);
  assert.match(
    said.stderr,
    new RegExp(`^memgap: the target was restarted: the process ${program.pid} has ended, ${next.pid} is in its place`, 'm'),
  );
});
