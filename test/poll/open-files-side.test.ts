import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFilesInterval } from '../../src/poll/budget.ts';
import { createOpenFilesSide } from '../../src/poll/open-files-side.ts';
import { createRecorder } from '../../src/poll/recorder.ts';
import { known } from '../../src/reading.ts';
import { asNobodyLater, here, sleeper } from '../sources/process/processes.ts';
import { madeProcess } from './made-process.ts';

const signal = new AbortController().signal;
const identity = { pid: 12, startTicks: 500, startTime: 1_700_000_005 };

function recorder() {
  return createRecorder((error) => assert.fail(String(error)));
}

test('the open files are looked at for at most a hundredth of the time, and at most each 15 s', () => {
  assert.equal(openFilesInterval(0), 15);
  assert.equal(openFilesInterval(0.15), 15);
  assert.equal(openFilesInterval(2), 200);
});

test('a look is shown with its age until the next one is due, or another process is there', async (t) => {
  const { paths, folder } = madeProcess(t);
  mkdirSync(join(folder, 'fd'));
  symlinkSync('pipe:[1]', join(folder, 'fd', '0'));
  let now = 1000;
  const side = createOpenFilesSide(paths, () => now);
  const look = async (process = identity) => {
    const seen = recorder();
    const reading = known(await side.read(seen, process, signal));
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
  assert.deepEqual(await look({ ...identity }), [3, 1014.95], 'another program');
  symlinkSync('pipe:[4]', join(folder, 'fd', '3'));
  now = 900;
  assert.deepEqual(await look({ ...identity }), [4, 900], 'the clock was set back');
});

test('a process whose open files may not be listed', async (t) => {
  if (process.geteuid?.() !== 0) return t.skip('needs root, to be somebody else');
  const seen = recorder();
  const side = createOpenFilesSide(here, () => 1000);
  const pid = await sleeper(t);
  const reading = await asNobodyLater(() => side.read(seen, { ...identity, pid }, signal));
  assert.equal(reading.ok ? '' : reading.reason, 'denied');
});
