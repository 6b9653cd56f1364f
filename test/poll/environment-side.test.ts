import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEnvironmentSide } from '../../src/poll/environment-side.ts';
import { createRecorder } from '../../src/poll/recorder.ts';
import { found, type Missing, missing, type Reading } from '../../src/reading.ts';
import type { GoNumbers } from '../../src/snapshot.ts';
import { memStatsWith } from '../snapshots.ts';
import { madeProcess } from './made-process.ts';

const signal = new AbortController().signal;
const untold: Reading<GoNumbers> = found({ memstats: memStatsWith() });
const process = { pid: 12, startTicks: 500, startTime: 1_700_000_005 };

function recorder() {
  return createRecorder((error) => assert.fail(String(error)));
}

function reasonOf<T>(reading: Reading<T>): Missing | undefined {
  return reading.ok ? undefined : reading.reason;
}

test('the environment is read once for a process and what it runs, and shown at every poll', async (t) => {
  const { paths, folder } = madeProcess(t);
  const side = createEnvironmentSide(paths, true);
  const environ = join(folder, 'environ');
  writeFileSync(environ, 'GOGC=40\0');
  const first = await side.read(recorder(), process, untold, signal);
  assert.deepEqual(first, found({ memoryLimit: 'off', gogc: 0.4 }));

  writeFileSync(environ, 'GOGC=60\0');
  const second = recorder();
  assert.equal(await side.read(second, process, untold, signal), first);
  assert.equal(second.outcomes.environ?.ok, true);

  const another = { ...process, program: '1 2 3' };
  assert.deepEqual(await side.read(recorder(), another, untold, signal), found({ memoryLimit: 'off', gogc: 0.6 }));
});

test('it is not touched where the Go source tells both settings, without Go numbers, or when it is switched off', async (t) => {
  const { paths, folder } = madeProcess(t);
  writeFileSync(join(folder, 'environ'), 'GOGC=40\0');
  const told: Reading<GoNumbers> = found({ memstats: memStatsWith(), memoryLimit: 'off', gogc: 1 });
  const refused = missing('timeout', 'no answer');
  const seen = recorder();
  assert.equal(reasonOf(await createEnvironmentSide(paths, true).read(seen, process, told, signal)), 'disabled');
  assert.equal(await createEnvironmentSide(paths, true).read(seen, process, refused, signal), refused);
  assert.equal(reasonOf(await createEnvironmentSide(paths, false).read(seen, process, untold, signal)), 'disabled');
  assert.deepEqual(seen.outcomes, {});
  assert.deepEqual(seen.failures, []);
});

test('a program that is not there is a failure of the source, and asked for again', async (t) => {
  const { paths, folder } = madeProcess(t);
  const side = createEnvironmentSide(paths, true);
  const gone = recorder();
  assert.equal(reasonOf(await side.read(gone, { ...process, pid: 13 }, untold, signal)), 'gone');
  assert.deepEqual(gone.failures, [{ source: 'environ', reason: 'gone' }]);
  writeFileSync(join(folder, 'environ'), 'GOGC=40\0');
  assert.equal((await side.read(recorder(), process, untold, signal)).ok, true);
});

test("where its mode bars memgap from the file it is not tried: CAP_SYS_PTRACE alone does not open another user's", async (t) => {
  if (globalThis.process.getuid?.() === 0) return t.skip('root may open everything: test/e2e/doctor.test.ts has the row');
  const { paths, folder } = madeProcess(t);
  writeFileSync(join(folder, 'environ'), 'GOGC=40\0', { mode: 0o000 });
  const seen = recorder();
  assert.equal(reasonOf(await createEnvironmentSide(paths, true).read(seen, process, untold, signal)), 'denied');
  assert.deepEqual(seen.outcomes, {});
});

test('of a real process', async () => {
  const own = Number(readFileSync('/proc/self/stat', 'utf8').split(' ')[0]);
  const side = createEnvironmentSide({ procfs: '/proc', cgroupfs: '/sys/fs/cgroup' }, true);
  assert.equal((await side.read(recorder(), { ...process, pid: own }, untold, signal)).ok, true);
});
