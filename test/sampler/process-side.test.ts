import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createProcessSide, type ProcessSide } from '../../src/sampler/process-side.ts';
import { createRecorder, type Recorder } from '../../src/sampler/recorder.ts';
import { makeProcess } from '../sources/cgroup/groups.ts';

const signal = new AbortController().signal;
const recorded = join(import.meta.dirname, '../fixtures/process/prometheus_2.42');

function recorder(): Recorder {
  return createRecorder((error) => assert.fail(String(error)));
}

/** A side of a made process 12, whose procfs and clock a test can change. */
interface MadeSide {
  readonly side: ProcessSide;
  readonly folder: string;
  clock: number;
  /** Starts another process under the same pid. */
  stat(startTicks: number): void;
}

function madeSide(t: TestContext): MadeSide {
  const made = makeProcess(t, {});
  const { procfs } = made.process.paths;
  const folder = join(procfs, '12');
  writeFileSync(join(procfs, 'stat'), 'btime 1700000000\n');
  for (const name of ['status', 'limits', 'smaps_rollup']) copyFileSync(join(recorded, name), join(folder, name));
  const stat = (startTicks: number) => writeFileSync(join(folder, 'stat'), `12 (op) S ${'1 '.repeat(18)}${startTicks} 0\n`);
  stat(500);
  const now = { clock: 1000 };
  const side = createProcessSide({ by: 'pid', pid: 12 }, made.process.paths, () => now.clock);
  return Object.assign(now, { side, folder, stat });
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

test('another process gets walks and facts of its own', async (t) => {
  const { side, stat } = madeSide(t);
  const first = await side.identify(recorder(), signal);
  assert.ok(first.ok);
  await side.read(recorder(), first.value, signal);
  stat(900);
  const second = await side.identify(recorder(), signal);
  assert.ok(second.ok);
  const own = recorder();
  const { rollup } = await side.read(own, second.value, signal);
  assert.equal(rollup.ok && rollup.value.at, 1000);
  assert.ok((own.outcomes.smaps_rollup?.seconds ?? 0) > 0);
});

test('the mappings are walked again after 15 s and not before', async (t) => {
  const made = madeSide(t);
  const identity = await made.side.identify(recorder(), signal);
  assert.ok(identity.ok);
  const ages: unknown[] = [];
  for (const clock of [1000, 1005, 1014, 1015, 1029, 1030.5]) {
    made.clock = clock;
    const { rollup } = await made.side.read(recorder(), identity.value, signal);
    ages.push(rollup.ok && rollup.value.at);
  }
  assert.deepEqual(ages, [1000, 1000, 1000, 1015, 1015, 1030.5]);
});

test('when walks begin to fail the last good one stands for three of its intervals, and then the reason', async (t) => {
  const made = madeSide(t);
  const identity = await made.side.identify(recorder(), signal);
  assert.ok(identity.ok);
  await made.side.read(recorder(), identity.value, signal);
  writeFileSync(join(made.folder, 'smaps_rollup'), 'nonsense');

  const seen: unknown[] = [];
  for (const clock of [1010, 1015, 1020, 1040, 1046, 1050]) {
    made.clock = clock;
    const own = recorder();
    const { rollup } = await made.side.read(own, identity.value, signal);
    const outcome = own.outcomes.smaps_rollup;
    seen.push([
      clock,
      rollup.ok ? rollup.value.at : rollup.reason,
      outcome?.ok,
      own.failures.some(({ source }) => source === 'smaps_rollup'),
    ]);
  }
  assert.deepEqual(seen, [
    [1010, 1000, true, false],
    [1015, 1000, false, true],
    [1020, 1000, false, false],
    [1040, 1000, false, true],
    [1046, 'malformed', false, false],
    [1050, 'malformed', false, false],
  ]);
});
