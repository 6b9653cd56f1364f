import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { known } from '../../src/model/reading.ts';
import { openFilesInterval } from '../../src/poll/budget.ts';
import { createOpenFiles } from '../../src/poll/program-readings.ts';
import { createRecorder } from '../../src/poll/recorder.ts';
import { asNobodyLater, here, sleeper } from '../kernel/process/processes.ts';
import { madeProcess } from './made-process.ts';

const signal = new AbortController().signal;

function recorder() {
  return createRecorder((error) => assert.fail(String(error)));
}

test('the open files are looked at for at most a hundredth of the time, and at most each 15 s', () => {
  assert.equal(openFilesInterval(0), 15);
  assert.equal(openFilesInterval(0.15), 15);
  assert.equal(openFilesInterval(2), 200);
});

test('a look is shown with its age until the next one is due', async (t) => {
  const { paths, folder } = madeProcess(t);
  mkdirSync(join(folder, 'fd'));
  symlinkSync('pipe:[1]', join(folder, 'fd', '0'));
  let now = 1000;
  const openFiles = createOpenFiles(paths, () => now);
  const look = async () => {
    const seen = recorder();
    const reading = known(await openFiles(seen, 12, signal));
    assert.equal(seen.outcomes.open_files?.ok, true);
    return [reading?.value.pipes, reading?.at];
  };
  assert.deepEqual(await look(), [1, 1000]);
  symlinkSync('pipe:[2]', join(folder, 'fd', '1'));
  now = 1010;
  assert.deepEqual(await look(), [1, 1000]);
  now = 1014.95;
  assert.deepEqual(await look(), [2, 1014.95]);
  symlinkSync('pipe:[3]', join(folder, 'fd', '2'));
  now = 900;
  assert.deepEqual(await look(), [3, 900], 'the clock was set back');
});

test('a process whose open files may not be listed', async (t) => {
  if (process.geteuid?.() !== 0) return t.skip('needs root, to be somebody else');
  const seen = recorder();
  const openFiles = createOpenFiles(here, () => 1000);
  const pid = await sleeper(t);
  const reading = await asNobodyLater(() => openFiles(seen, pid, signal));
  assert.equal(reading.ok ? '' : reading.reason, 'denied');
});
