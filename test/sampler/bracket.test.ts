import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, missing } from '../../src/reading.ts';
import { bracketOf } from '../../src/sampler/bracket.ts';
import type { GoNumbers } from '../../src/snapshot.ts';
import { bytes } from '../../src/units.ts';
import { memStatsWith } from '../snapshots.ts';

const mib = 1024 ** 2;
const rss = bytes(100 * mib);

/** Go numbers of which `used` is so many MiB. */
function using(size: number) {
  return found<GoNumbers>({ memstats: memStatsWith({ sys: bytes((size + 30) * mib), heapReleased: bytes(30 * mib) }) });
}

test('Go numbers that stood still are stable', () => {
  assert.deepEqual(bracketOf(using(70), using(70), rss, undefined, 1), found({ skew: 0, stable: true, attempts: 1 }));
});

test('up to 2 % of RSS is stable, in either direction', () => {
  assert.deepEqual(bracketOf(using(70), using(72), rss, undefined, 2), found({ skew: 2 * mib, stable: true, attempts: 2 }));
  assert.deepEqual(bracketOf(using(72), using(70), rss, undefined, 1), found({ skew: 2 * mib, stable: true, attempts: 1 }));
});

test('more is not', () => {
  assert.deepEqual(bracketOf(using(70), using(73), rss, undefined, 3), found({ skew: 3 * mib, stable: false, attempts: 3 }));
});

test('what was released in between counts', () => {
  const released = found<GoNumbers>({ memstats: memStatsWith({ sys: bytes(100 * mib), heapReleased: bytes(40 * mib) }) });
  assert.deepEqual(bracketOf(using(70), released, rss, undefined, 1), found({ skew: 10 * mib, stable: false, attempts: 1 }));
});

test('a side that could not be read is the reason why there is no bracket', () => {
  const gap = missing('timeout', 'no answer');
  assert.equal(bracketOf(gap, using(70), rss, undefined, 1), gap);
  assert.equal(bracketOf(using(70), gap, rss, undefined, 1), gap);
  assert.equal(bracketOf(using(70), using(70), undefined, undefined, 1).ok, false);
});

test('a book that the Go numbers leave open by more than 0.1 % is not stable, however little they moved', () => {
  assert.deepEqual(bracketOf(using(70), using(70), rss, 0.0011, 1), found({ skew: 0, stable: false, attempts: 1 }));
  assert.deepEqual(bracketOf(using(70), using(70), rss, 0.001, 1), found({ skew: 0, stable: true, attempts: 1 }));
});
