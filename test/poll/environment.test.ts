import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { GoNumbers } from '../../src/model/go.ts';
import { found, type Missing, missing, type Reading } from '../../src/model/reading.ts';
import { createEnvironment } from '../../src/poll/program-readings.ts';
import { createRecorder } from '../../src/poll/recorder.ts';
import { memStatsWith } from '../snapshots.ts';
import { madeProcess } from './made-process.ts';

const signal = new AbortController().signal;
const untold: Reading<GoNumbers> = found({ memstats: memStatsWith() });

function recorder() {
  return createRecorder((error) => assert.fail(String(error)));
}

function reasonOf<T>(reading: Reading<T>): Missing | undefined {
  return reading.ok ? undefined : reading.reason;
}

test('the environment is read once for a program, and shown at every poll', async (t) => {
  const { paths, folder } = madeProcess(t);
  const environment = createEnvironment(paths, true);
  const environ = join(folder, 'environ');
  writeFileSync(environ, 'GOGC=40\0');
  const first = await environment(recorder(), { pid: 12, go: untold }, signal);
  assert.deepEqual(first, found({ memoryLimit: 'off', gogc: 0.4 }));

  writeFileSync(environ, 'GOGC=60\0');
  const second = recorder();
  assert.equal(await environment(second, { pid: 12, go: untold }, signal), first);
  assert.equal(second.outcomes.environ?.ok, true);

  const another = createEnvironment(paths, true);
  assert.deepEqual(await another(recorder(), { pid: 12, go: untold }, signal), found({ memoryLimit: 'off', gogc: 0.6 }));
});

test('it is not touched where the Go source tells both settings, without Go numbers, or when it is switched off', async (t) => {
  const { paths, folder } = madeProcess(t);
  writeFileSync(join(folder, 'environ'), 'GOGC=40\0');
  const told: Reading<GoNumbers> = found({ memstats: memStatsWith(), memoryLimit: 'off', gogc: 1 });
  const refused = missing('timeout', 'no answer');
  const seen = recorder();
  assert.equal(reasonOf(await createEnvironment(paths, true)(seen, { pid: 12, go: told }, signal)), 'disabled');
  assert.equal(await createEnvironment(paths, true)(seen, { pid: 12, go: refused }, signal), refused);
  assert.equal(reasonOf(await createEnvironment(paths, false)(seen, { pid: 12, go: untold }, signal)), 'disabled');
  assert.deepEqual(seen.outcomes, {});
  assert.deepEqual(seen.failures, []);
});

test('a program that is not there is a failure of the source, and asked for again', async (t) => {
  const { paths, folder } = madeProcess(t);
  const environment = createEnvironment(paths, true);
  const gone = recorder();
  assert.equal(reasonOf(await environment(gone, { pid: 13, go: untold }, signal)), 'gone');
  assert.deepEqual(gone.failures, [{ source: 'environ', reason: 'gone' }]);
  writeFileSync(join(folder, 'environ'), 'GOGC=40\0');
  assert.equal((await environment(recorder(), { pid: 12, go: untold }, signal)).ok, true);
});

test("where its mode bars memgap from the file it is not tried: CAP_SYS_PTRACE alone does not open another user's", async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may open everything: test/e2e/doctor.test.ts has the row');
  const { paths, folder } = madeProcess(t);
  writeFileSync(join(folder, 'environ'), 'GOGC=40\0', { mode: 0o000 });
  const seen = recorder();
  assert.equal(reasonOf(await createEnvironment(paths, true)(seen, { pid: 12, go: untold }, signal)), 'denied');
  assert.deepEqual(seen.outcomes, {});
});

test('of a real process', async () => {
  const own = Number(readFileSync('/proc/self/stat', 'utf8').split(' ')[0]);
  const environment = createEnvironment({ procfs: '/proc', cgroupfs: '/sys/fs/cgroup' }, true);
  assert.equal((await environment(recorder(), { pid: own, go: untold }, signal)).ok, true);
});
