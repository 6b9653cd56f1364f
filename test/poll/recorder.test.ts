import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, missing, type Reading } from '../../src/model/reading.ts';
import type { Source } from '../../src/model/source.ts';
import { createRecorder, type Recorder } from '../../src/poll/recorder.ts';

const signal = new AbortController().signal;

function source(name: string, read: () => Reading<number>): Source<undefined, number> {
  return { name, without: { needs: 'sight', lost: 'nothing', families: [] }, read };
}

function recorder(): Recorder {
  return createRecorder((error) => assert.fail(String(error)));
}

test('what a source comes to is handed on, and how it did is kept', async () => {
  const { run, outcomes, failures } = recorder();

  assert.deepEqual(
    await run(
      source('one', () => found(1)),
      undefined,
      signal,
    ),
    found(1),
  );
  assert.deepEqual(
    await run(
      source('two', () => missing('denied', 'no')),
      undefined,
      signal,
    ),
    missing('denied', 'no'),
  );

  assert.deepEqual(Object.keys(outcomes), ['one', 'two']);
  assert.equal(outcomes.one?.ok, true);
  assert.ok((outcomes.one?.seconds ?? -1) >= 0);
  assert.deepEqual(outcomes.two, { ok: false, reason: 'denied', detail: 'no', seconds: outcomes.two?.seconds });
  assert.deepEqual(failures, [{ source: 'two', reason: 'denied' }]);
});

test('a source that was run twice shows its last outcome, and each of its failures', async () => {
  const { run, outcomes, failures } = recorder();
  const answers = [missing('timeout', 'first'), missing('gone', 'second'), found(3)];

  for (const _ of [1, 2, 3])
    await run(
      source('one', () => answers.shift() ?? found(0)),
      undefined,
      signal,
    );

  assert.equal(outcomes.one?.ok, true);
  assert.deepEqual(failures, [
    { source: 'one', reason: 'timeout' },
    { source: 'one', reason: 'gone' },
  ]);
});

test('a source that throws is a bug: it is told, and the others stand', async () => {
  const bugs: unknown[] = [];
  const { run, outcomes, failures } = createRecorder((error, name) => bugs.push([name, error]));
  const bug = new RangeError('out of range');

  const reading = await run(
    source('one', () => {
      throw bug;
    }),
    undefined,
    signal,
  );
  await run(
    source('two', () => found(2)),
    undefined,
    signal,
  );

  assert.equal(!reading.ok && reading.reason, 'malformed');
  assert.match(reading.ok ? '' : reading.detail, /bug in memgap's source one/);
  assert.deepEqual(bugs, [['one', bug]]);
  assert.equal(outcomes.two?.ok, true);
  assert.deepEqual(failures, [{ source: 'one', reason: 'malformed' }]);
});

test('an answer can be taken back, and that is a failure', async () => {
  const { run, refuse, outcomes, failures } = recorder();
  await run(
    source('one', () => found(1)),
    undefined,
    signal,
  );

  refuse('one', missing('mismatch', 'of another process'));

  assert.equal(outcomes.one?.ok === false && outcomes.one.reason, 'mismatch');
  assert.deepEqual(failures, [{ source: 'one', reason: 'mismatch' }]);
});

test('an outcome that is shown again is no new failure', () => {
  const { repeat, outcomes, failures } = recorder();

  repeat('one', { ok: false, seconds: 1, reason: 'timeout', detail: 'as before' });
  repeat('two', undefined);

  assert.deepEqual(Object.keys(outcomes), ['one']);
  assert.deepEqual(failures, []);
});
