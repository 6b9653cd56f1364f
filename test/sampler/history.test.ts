import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ledgerOf } from '../../src/ledger/ledger.ts';
import { found } from '../../src/reading.ts';
import { createHistory } from '../../src/sampler/history.ts';
import { memStatsWith, snapshotWith } from '../snapshots.ts';

const mib = 1024 ** 2;

function at(takenAt: number) {
  return ledgerOf(snapshotWith({ takenAt, go: found({ memstats: memStatsWith() }) }));
}

test('a moment has the time and the totals; what is not known is absent', () => {
  const history = createHistory();
  history.add(at(1000));
  assert.deepEqual(history.moments(), [{ at: 1000, rss: undefined, used: 70 * mib, usage: undefined }]);
});

test('the history is bounded, and spans the whole life from the first moment to the last, oldest first', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), (count) => {
      const history = createHistory();
      for (let index = 0; index < count; index += 1) history.add(at(1000 + index));
      const times = history.moments().map((moment) => moment.at);

      assert.equal(times[0], 1000);
      assert.equal(times.at(-1), 1000 + count - 1);
      assert.ok(times.length <= 241, `${times.length} moments`);
      assert.ok(times.length >= Math.min(count, 120), `${times.length} moments of ${count}`);
      assert.deepEqual(
        times,
        [...new Set(times)].sort((one, other) => one - other),
      );
    }),
    { numRuns: 30 },
  );
});

test('the moments of a long life are evenly spread, the last one apart', () => {
  const history = createHistory();
  for (let index = 0; index < 3000; index += 1) history.add(at(index));
  const times = history.moments().map((moment) => moment.at);
  const steps = new Set(times.slice(1, -1).map((time, index) => time - (times[index] ?? 0)));
  assert.equal(steps.size, 1, `steps of ${[...steps].join(', ')}`);
});

test('a new process starts a new history', () => {
  const history = createHistory();
  for (let index = 0; index < 1000; index += 1) history.add(at(index));
  history.clear();
  assert.deepEqual(history.moments(), []);
  history.add(at(5000));
  history.add(at(5001));
  assert.deepEqual(
    history.moments().map((moment) => moment.at),
    [5000, 5001],
  );
});
