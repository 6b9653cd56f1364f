import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ledgerOf } from '../../src/books/ledger.ts';
import { leastOverCollections } from '../../src/history/collections.ts';
import { createHistory, type History } from '../../src/history/history.ts';
import { found } from '../../src/model/reading.ts';
import { bytes } from '../../src/model/units.ts';
import { runs } from '../runs.ts';
import { memStatsWith, snapshotWith } from '../snapshots.ts';

const mib = 1024 ** 2;

function at(takenAt: number, heapReleased = 30 * mib) {
  return ledgerOf(snapshotWith({ takenAt, go: found({ memstats: memStatsWith({ heapReleased: bytes(heapReleased) }) }) }));
}

function timesOf(history: History): readonly number[] {
  return history
    .past()
    .points('used')
    .map((point) => point.at);
}

test('what is not known is absent', () => {
  const history = createHistory();
  history.add(at(1000));
  const past = history.past();
  assert.deepEqual(past.points('used'), [{ at: 1000, floor: 70 * mib }]);
  assert.deepEqual(past.points('rss'), []);
  assert.equal(past.peak('rss'), undefined);
  assert.equal(past.peak('used'), 70 * mib);
});

test('the history is bounded, and spans the whole life from the first poll to the last, oldest first', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), (count) => {
      const history = createHistory();
      for (let index = 0; index < count; index += 1) history.add(at(1000 + index));
      const times = timesOf(history);
      const past = history.past();

      assert.deepEqual([past.since, past.until, past.polls], [1000, 1000 + count - 1, count]);
      assert.equal(times[0], 1000);
      assert.ok(times.length < 96, `${times.length} points`);
      assert.ok(times.length >= Math.min(count, 47), `${times.length} points of ${count}`);
      assert.deepEqual(
        times,
        [...new Set(times)].sort((one, other) => one - other),
      );
    }),
    { numRuns: runs(30) },
  );
});

test('no low and no peak is lost, however long the life; the floor of a point is the least of its polls', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 2000 }), (released) => {
      const history = createHistory();
      for (const [index, size] of released.entries()) history.add(at(index, size * mib));
      const used = released.map((size) => (100 - size) * mib);
      const past = history.past();
      const points = past.points('used');

      assert.equal(past.first('used'), used[0]);
      assert.equal(past.latest('used'), used.at(-1));
      assert.equal(past.peak('used'), Math.max(...used));
      for (const [index, { at: from, floor }] of points.entries()) {
        assert.equal(floor, Math.min(...used.slice(from, points[index + 1]?.at)));
      }
    }),
    { numRuns: runs(100) },
  );
});

test('the points of a long life are evenly spread', () => {
  const history = createHistory();
  for (let index = 0; index < 3000; index += 1) history.add(at(index));
  const times = timesOf(history);
  const steps = new Set(times.slice(1).map((time, index) => time - (times[index] ?? 0)));
  assert.deepEqual([...steps], [32]);
});

test('the last hour is told by the minute, whatever the age and the interval, and no low of it is lost', () => {
  for (const interval of [1, 15, 60, 300]) {
    const history = createHistory();
    for (let index = 0; index < 4000; index += 1) history.add(at(index * interval, (index % 40) * mib));
    const past = history.past();
    const recent = past.recent('used');
    assert.ok(recent.length <= 64 && recent.length >= 60, `${recent.length} rows of ${interval} s`);
    assert.ok(past.until - (recent[0]?.at ?? 0) >= 3600, `${interval} s`);
    for (const [index, { at: from, floor }] of recent.entries()) {
      const until = recent[index + 1]?.at ?? past.until + interval;
      const used = Array.from({ length: Math.round((until - from) / interval) }, (_, step) => 100 - ((from / interval + step) % 40));
      assert.equal(floor, Math.min(...used) * mib);
    }
  }
});

test('a live heap that jumps is known within minutes, after a week as after an hour', () => {
  for (const hours of [1, 7 * 24]) {
    const history = createHistory();
    const polls = hours * 240;
    for (let index = 0; index < polls + 24; index += 1) {
      const memstats = memStatsWith({ heapAlloc: bytes((index < polls ? 80 : 900) * mib), numGc: Math.floor(index / 8) });
      history.add(ledgerOf(snapshotWith({ takenAt: index * 15, go: found({ memstats }) })));
    }
    assert.equal(leastOverCollections(history.past(), 'heap_alloc'), 900 * mib, `${hours} hours, six minutes after the jump`);
  }
});

test('a past that was taken stays what it was', () => {
  const history = createHistory();
  history.add(at(1));
  const past = history.past();
  history.add(at(2, 0));
  assert.deepEqual([past.until, past.latest('used'), past.peak('used')], [1, 70 * mib, 70 * mib]);
  assert.deepEqual(past.recent('used'), [{ at: 1, floor: 70 * mib }]);
});
