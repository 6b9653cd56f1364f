import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, missing, type Reading } from '../../src/model/reading.ts';
import type { RecordedPoll } from '../../src/record/recording.ts';
import { createRecordingTape } from '../../src/record/recording-tape.ts';
import { createReplayingTape } from '../../src/record/replaying-tape.ts';
import { secondsSince, tape, wallClock, withTape } from '../../src/tape.ts';

const { signal } = new AbortController();

function replayOf(polls: readonly RecordedPoll[], facts = {}) {
  const about = {
    memgap: '',
    isAnonymous: false,
    target: { name: '', hasProcess: true, endpoints: {} },
    memoryReads: false,
    environ: true,
  };
  const replay = createReplayingTape({ ...about, procfs: '/proc', facts, polls });
  replay.beginPoll(0, () => undefined);
  return replay;
}

function whole(text: string): Reading<{ text: string; whole: boolean }> {
  return found({ text, whole: true });
}

const neverAsked = () => assert.fail('a replay reads nothing');

test('a text is known by source, path and how-manyth, whoever else is asked before', async () => {
  const recording = createRecordingTape('/proc');
  recording.beginPoll();
  const read = (text: string) => async () => found(recording.text('/proc/7/stat', () => whole(text)));
  await recording.run('stat', signal, read('first'));
  await recording.run('activity', signal, read('other'));
  await recording.run('stat', signal, read('second'));

  const { polls } = recording.recorded();
  const replay = replayOf(polls);
  const again = async (source: string) => {
    const { reading } = await replay.run(source, signal, async () => found(replay.text('/proc/7/stat', neverAsked)));
    return reading.ok && reading.value.ok ? reading.value.value.text : undefined;
  };
  assert.equal(await again('activity'), 'other', 'in another order');
  assert.equal(await again('stat'), 'first');
  assert.equal(await again('stat'), 'second');
  assert.equal(await again('stat'), 'second', 'once more than it was recorded');
  assert.equal(await again('status'), 'second', 'by a source that did not read it');
});

test('what nobody knows is kept of no text, and of a source that looks into memory only what it came to', async () => {
  const recording = createRecordingTape('/proc');
  recording.beginPoll();
  recording.text('/proc/7/cmdline', () => whole('--password=hunter2'));
  await recording.run('environ', signal, async () => {
    recording.text('/proc/7/status', () => whole('hunter2'));
    recording.value('hunter', () => 'hunter2');
    return found({ gogc: 1 });
  });
  await recording.run('invented', signal, async () => found(recording.text('/proc/7/status', () => whole('hunter2')) && 5));

  const { polls } = recording.recorded();
  assert.doesNotMatch(JSON.stringify(polls), /hunter2/);
  const replay = replayOf(polls);
  assert.deepEqual((await replay.run('environ', signal, neverAsked)).reading, found({ gogc: 1 }));
  assert.deepEqual((await replay.run('invented', signal, neverAsked)).reading, found(5));
  const none = replay.text('/proc/7/cmdline', neverAsked);
  assert.equal(!none.ok && none.reason, 'disabled');
});

test('runs of one source that overlap end in the order in which they began', async () => {
  const recording = createRecordingTape('/proc');
  recording.beginPoll();
  const ended: string[] = [];
  const after = (milliseconds: number) => new Promise<Reading<number>>((resolve) => setTimeout(() => resolve(found(1)), milliseconds));
  const slow = recording.run('pprof_heap', signal, () => after(30)).then(() => ended.push('first'));
  const fast = recording.run('pprof_heap', signal, () => after(1)).then(() => ended.push('second'));
  await Promise.all([slow, fast]);
  assert.deepEqual(ended, ['first', 'second']);
});

test('what ran into the deadline does so again, and the poll knows it', async () => {
  const recording = createRecordingTape('/proc');
  recording.beginPoll();
  const late = new AbortController();
  await recording.run('smaps', late.signal, async () => {
    late.abort();
    return missing('timeout', 'too late');
  });
  const replay = replayOf(recording.recorded().polls);
  let isLate = false;
  replay.beginPoll(0, () => {
    isLate = true;
  });
  const { reading } = await replay.run('smaps', signal, neverAsked);
  assert.equal(!reading.ok && reading.reason, 'timeout');
  assert.equal(isLate, true);
});

test('the clock stands still in a poll, and what was measured is what is measured again', async () => {
  const recording = createRecordingTape('/proc');
  const seen = await withTape(recording, async () => {
    recording.beginPoll();
    const at = wallClock();
    const took = secondsSince(performance.now() - 2000, 'walk');
    return { at, later: wallClock(), took };
  });
  assert.equal(seen.at, seen.later);
  assert.ok(seen.took >= 2);
  const replay = replayOf(recording.recorded().polls);
  assert.deepEqual(await withTape(replay, async () => [wallClock(), secondsSince(0, 'walk')]), [seen.at, seen.took]);
  assert.equal(tape(), undefined);
  assert.ok(Math.abs(wallClock() - Date.now() / 1000) < 5);
});

test('a recording that holds as much as it may is full, and takes in no more', () => {
  const recording = createRecordingTape('/proc');
  recording.beginPoll();
  const long = 'x'.repeat(64 * 1024 ** 2);
  for (let count = 0; count < 4; count += 1) recording.text('/proc/7/status', () => whole(long));
  assert.equal(recording.isFull(), false);
  recording.text('/proc/7/status', () => whole('x'));
  assert.equal(recording.isFull(), true);
});
