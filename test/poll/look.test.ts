import assert from 'node:assert/strict';
import { test } from 'node:test';
import { look } from '../../src/poll/look.ts';
import type { MappingSide } from '../../src/poll/mapping-side.ts';
import { createProcessSide } from '../../src/poll/process-side.ts';
import { createRecorder } from '../../src/poll/recorder.ts';
import { found, missing, type Reading } from '../../src/reading.ts';
import type { GoNumbers } from '../../src/snapshot.ts';
import { bytes } from '../../src/units.ts';
import { memStatsWith } from '../snapshots.ts';
import { here } from '../sources/process/processes.ts';

const go: Reading<GoNumbers> = found({ memstats: memStatsWith({ sys: bytes(70 << 20) }) });
const none = missing('disabled', 'not part of this test');

/** A mapping side of which each walk costs what a test says, and leaves so much of its book open; how many were kept is counted. */
function walking(opens: ReadonlyArray<number | undefined>) {
  let walks = 0;
  const side = {
    kept: [] as number[],
    walk: async () => opens[walks++] !== undefined,
    book: () => opens[walks - 1],
    keep: () => void side.kept.push(walks),
    settle: () => ({ rollup: none, book: none, refusal: undefined }),
    layout: () => none,
    mallocPlaces: () => undefined,
    reset: () => {},
  } satisfies MappingSide & { kept: number[] };
  return side;
}

async function lookWith(mappingSide: MappingSide, again = async () => go, first = go) {
  const signal = AbortSignal.timeout(5000);
  const recorder = createRecorder((error) => assert.fail(String(error)));
  const processSide = createProcessSide({ by: 'pid', pid: process.pid }, here);
  const identity = await processSide.identify(recorder, signal);
  assert.ok(identity.ok);
  const { bracket, go: read } = await look({ recorder, process: identity.value, processSide, mappingSide, first, again, signal });
  return { bracket: bracket.ok ? bracket.value : bracket.reason, read };
}

test('a book that is open and cannot be walked again is unstable, however still the Go numbers stand by then', async () => {
  const side = walking([0.06, undefined, undefined]);
  assert.deepEqual((await lookWith(side)).bracket, { skew: 0, stable: false, attempts: 2 });
  assert.deepEqual(side.kept, [1]);
});

test('a book that is open is walked again until it is not', async () => {
  const side = walking([0.06, 0.002, 0.0004, 0]);
  assert.deepEqual((await lookWith(side)).bracket, { skew: 0, stable: true, attempts: 3 });
  assert.deepEqual(side.kept, [1, 2, 3]);
});

test('a wider book does not take the place of a narrower one', async () => {
  const side = walking([0.06, 0.002, 0.04, 0.03, undefined]);
  assert.deepEqual((await lookWith(side)).bracket, { skew: 0, stable: false, attempts: 5 });
  assert.deepEqual(side.kept, [1, 2]);
});

test('a poll without a walk is stable by the Go numbers alone', async () => {
  assert.deepEqual((await lookWith(walking([]))).bracket, { skew: 0, stable: true, attempts: 1 });
});

test('a further attempt that gets no answer leaves the one before it', async () => {
  const side = walking([0.06, 0.06]);
  let reads = 0;
  const { bracket, read } = await lookWith(side, async () => (reads++ === 0 ? go : missing('timeout', 'late')));
  assert.deepEqual(bracket, { skew: 0, stable: false, attempts: 2 });
  assert.equal(read, go);
  assert.deepEqual(side.kept, [1]);
});

test('Go numbers from before that are more than the process has mapped are no side of a bracket, nor of a book', async () => {
  const beyond: Reading<GoNumbers> = found({ memstats: memStatsWith({ sys: bytes(2 ** 47), otherSys: bytes(2 ** 46) }) });
  const given: string[] = [];
  const side: MappingSide = {
    ...walking([]),
    walk: async (_, { before }) => given.push(before.ok ? 'known' : before.reason) > 0,
    book: (before) => void given.push(before.ok ? 'known' : before.reason),
  };
  const { bracket, read } = await lookWith(side, async () => go, beyond);
  assert.equal(bracket, 'mismatch');
  assert.equal(read, go);
  assert.deepEqual(given, ['mismatch', 'mismatch']);
});
