import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createProcessSide, type ProcessSide } from '../../src/sampler/process-side.ts';
import { createRecorder, type Recorder } from '../../src/sampler/recorder.ts';
import { madeProcess } from './made-process.ts';

const signal = new AbortController().signal;

function recorder(): Recorder {
  return createRecorder((error) => assert.fail(String(error)));
}

/** A side of a made process. */
function madeSide(t: TestContext): { readonly side: ProcessSide; readonly stat: (startTicks: number) => void } {
  const { pid, paths, startAt } = madeProcess(t);
  return { side: createProcessSide({ by: 'pid', pid }, paths), stat: startAt };
}

test('a process that still lives keeps its identity, to the object', async (t) => {
  const { side } = madeSide(t);
  const first = await side.identify(recorder(), signal);
  const second = await side.identify(recorder(), signal);
  assert.ok(first.ok && second.ok);
  assert.deepEqual(first.value, { pid: 12, startTicks: 500, startTime: 1_700_000_005 });
  assert.equal(second.value, first.value);
});

test('a pid that was given to another process is another process', async (t) => {
  const { side, stat } = madeSide(t);
  const first = await side.identify(recorder(), signal);
  stat(900);
  const second = await side.identify(recorder(), signal);
  assert.ok(first.ok && second.ok);
  assert.notEqual(second.value, first.value);
  assert.equal(second.value.startTicks, 900);
});

test('a pid that was given away while the process was read is noticed: nothing of it is told', async (t) => {
  const { side, stat } = madeSide(t);
  const identity = await side.identify(recorder(), signal);
  assert.ok(identity.ok);
  stat(900);
  const still = await side.still(identity.value, recorder(), signal);
  assert.equal(!still.ok && still.reason, 'gone');
  assert.match(still.ok ? '' : still.detail, /its pid was given to another one/);
});
