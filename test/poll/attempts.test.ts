import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RssBook } from '../../src/books/owners/book.ts';
import type { GoNumbers, MemStats } from '../../src/model/go.ts';
import { found, missing, type Reading } from '../../src/model/reading.ts';
import { bytes } from '../../src/model/units.ts';
import { takeConsistentSnapshot } from '../../src/poll/attempts.ts';
import { createProcessReader } from '../../src/poll/process-reader.ts';
import { createRecorder, type Recorder } from '../../src/poll/recorder.ts';
import type { Walk, WalkedProcess, Walker } from '../../src/poll/walk.ts';
import { type bookOf, noWalks } from '../../src/poll/walk-book.ts';
import { here } from '../kernel/process/processes.ts';
import { memStatsWith } from '../snapshots.ts';

const go: Reading<GoNumbers> = found({ memstats: memStatsWith({ sys: bytes(70 << 20) }) });
const none = missing('disabled', 'not part of this test');

interface Walks {
  readonly walk: Walker;
  readonly makeBook: typeof bookOf;
}

/** Walks of a program, each of which leaves so much of its book open; undefined where none is due. */
function walking(opens: ReadonlyArray<number | undefined>): Walks {
  let walks = 0;
  return {
    walk: async () => (opens[walks++] === undefined ? undefined : ({ cost: { at: walks }, isWhole: true } as Walk)),
    makeBook: ({ cost }) => {
      const value = { total: 1, bracketWidth: opens[cost.at - 1] ?? 0, moved: 0 } as RssBook;
      return { rollup: none, book: found({ value, at: cost.at }), refusal: undefined };
    },
  };
}

async function attemptsWith(walks: Walks, again = async () => go, first = go) {
  const signal = AbortSignal.timeout(5000);
  const recorder = createRecorder((error) => assert.fail(String(error)));
  const reader = createProcessReader({ by: 'pid', pid: process.pid }, here);
  const identity = await reader.identify(recorder, signal);
  assert.ok(identity.ok);
  const program = { facts: async () => ({ build: none, limits: none }), walk: walks.walk, walks: noWalks };
  const context = { recorder, process: identity.value, kept: { process: reader, program }, source: { first, again }, signal };
  const { bracket, go: read, walked } = await takeConsistentSnapshot(context, walks.makeBook);
  return { bracket: bracket.ok ? bracket.value : bracket.reason, read, walked: walked?.walk.cost.at };
}

test('a book that is open and cannot be walked again is unstable, however still the Go numbers stand by then', async () => {
  const { bracket, walked } = await attemptsWith(walking([0.06, undefined, undefined]));
  assert.deepEqual(bracket, { skew: 0, stable: false, attempts: 2 });
  assert.equal(walked, 1);
});

test('a book that is open is walked again until it is not', async () => {
  const { bracket, walked } = await attemptsWith(walking([0.06, 0.002, 0.0004, 0]));
  assert.deepEqual(bracket, { skew: 0, stable: true, attempts: 3 });
  assert.equal(walked, 3);
});

test('a wider book does not take the place of a narrower one', async () => {
  const { bracket, walked } = await attemptsWith(walking([0.06, 0.002, 0.04, 0.03, undefined]));
  assert.deepEqual(bracket, { skew: 0, stable: false, attempts: 5 });
  assert.equal(walked, 2);
});

test('a poll without a walk is stable by the Go numbers alone', async () => {
  assert.deepEqual((await attemptsWith(walking([]))).bracket, { skew: 0, stable: true, attempts: 1 });
});

test('a further attempt that gets no answer leaves the one before it', async () => {
  let reads = 0;
  const { bracket, read, walked } = await attemptsWith(walking([0.06, 0.06]), async () =>
    reads++ === 0 ? go : missing('timeout', 'late'),
  );
  assert.deepEqual(bracket, { skew: 0, stable: false, attempts: 2 });
  assert.equal(read, go);
  assert.equal(walked, 1);
});

test('Go numbers from before that are more than the process has mapped are no side of a bracket, nor of a book', async () => {
  const beyond: Reading<GoNumbers> = found({ memstats: memStatsWith({ sys: bytes(2 ** 47), otherSys: bytes(2 ** 46) }) });
  const given: string[] = [];
  const note = (before: Reading<MemStats>) => void given.push(before.ok ? 'known' : before.reason);
  const walks: Walks = {
    walk: async (_: Recorder, { before }: WalkedProcess) => {
      note(before);
      return { cost: { at: 1 }, isWhole: true } as Walk;
    },
    makeBook: (_, before) => {
      note(before);
      return { rollup: none, book: none, refusal: undefined };
    },
  };
  const { bracket, read } = await attemptsWith(walks, async () => go, beyond);
  assert.equal(bracket, 'mismatch');
  assert.equal(read, go);
  assert.deepEqual(given, ['mismatch', 'mismatch']);
});
