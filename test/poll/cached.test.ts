import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, missing, type Reading } from '../../src/model/reading.ts';
import type { Source } from '../../src/model/source.ts';
import { type Cached, cached } from '../../src/poll/cached.ts';
import { createRecorder } from '../../src/poll/recorder.ts';

const { signal } = new AbortController();

/** A source whose answers are in a row, the last of them for ever. */
function answering(...answers: ReadonlyArray<Reading<number>>): Source<undefined, number> & { asked: number } {
  const source = {
    name: 'one',
    without: { needs: 'sight', lost: 'nothing', families: [] } as const,
    asked: 0,
    read: () => answers[Math.min(source.asked++, answers.length - 1)] ?? missing('gone', 'no answer'),
  };
  return source;
}

async function poll<Asked, T>(reading: Cached<Asked, T>, asked: Asked) {
  const recorder = createRecorder((error) => assert.fail(String(error)));
  return { value: await reading(recorder, asked, signal), outcome: recorder.outcomes.one, failures: recorder.failures.length };
}

test('what stands is read once and shown with its outcome; that is no new failure', async () => {
  const source = answering(missing('unsupported', 'no'), found(2));
  const reading = cached(async (recorder, _: undefined) => recorder.run(source, undefined, signal), { shows: ['one'] });
  const first = await poll(reading, undefined);
  const second = await poll(reading, undefined);
  assert.equal(second.value, first.value);
  assert.equal(second.outcome, first.outcome);
  assert.deepEqual([first.failures, second.failures, source.asked], [1, 0, 1]);
});

test('what does not stand is read at every poll, and leaves what stood before', async () => {
  const source = answering(found(1), missing('denied', 'no'), missing('timeout', 'late'), found(4));
  const reading = cached(async (recorder, _: string) => recorder.run(source, undefined, signal), {
    of: (name) => name,
    while: ({ ok }) => ok,
    shows: [],
  });
  const told: unknown[] = [];
  for (const name of ['a', 'a', 'b', 'b', 'a', 'b', 'a']) {
    const { value } = await poll(reading, name);
    told.push(value.ok ? value.value : value.reason);
  }
  assert.deepEqual(told, [1, 1, 'denied', 'timeout', 1, 4, 4]);
});

test('it is read again after its time, by what it cost, and when the clock was set back', async (t) => {
  let milliseconds = 0;
  t.mock.method(performance, 'now', () => (milliseconds += 500));
  const source = answering(found(1), found(2), found(3));
  let now = 1000;
  const reading = cached(
    async (recorder, _: undefined) => recorder.run(source, undefined, signal),
    {
      measured: 'one',
      retryAfter: (seconds) => 10 * seconds,
      shows: [],
    },
    () => now,
  );
  const told: unknown[] = [];
  for (now of [1000, 1014.9, 1015, 900]) told.push((await poll(reading, undefined)).value);
  assert.deepEqual(told, [found(1), found(1), found(2), found(3)]);
});
