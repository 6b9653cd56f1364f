import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GoNumbers } from '../../src/model/go.ts';
import { found, missing } from '../../src/model/reading.ts';
import { bytes } from '../../src/model/units.ts';
import { bracketOf, isNarrower, isOpen } from '../../src/poll/bracket.ts';
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

test('of two attempts the stable one is kept, else the one that leaves less of the book open, else the one that moved less', () => {
  const attempt = (size: number, open?: number) => ({ bracket: bracketOf(using(70), using(70 + size), rss, open, 1), open });
  assert.equal(isNarrower(attempt(1), attempt(3)), true);
  assert.equal(isNarrower(attempt(5, 0), attempt(3, 0.06)), true);
  assert.equal(isNarrower(attempt(3, 0.06), attempt(5, 0)), false);
  assert.equal(isNarrower(attempt(5, 0.01), attempt(3, 0.06)), true);
  assert.equal(isNarrower(attempt(3, 0.0002), attempt(5, 0)), true, 'neither book is open');
});

test('an attempt of which a side could not be read is never kept for one that could', () => {
  const gap = { bracket: bracketOf(missing('timeout', 'late'), using(70), rss, undefined, 2), open: undefined };
  const wide = { bracket: bracketOf(using(70), using(170), rss, 0.5, 1), open: 0.5 };
  assert.equal(isNarrower(gap, wide), false);
  assert.equal(isNarrower(wide, gap), true);
});

test('a book is open above 0.1 % of RSS; none is not', () => {
  assert.deepEqual([isOpen(undefined), isOpen(0.001), isOpen(0.0011)], [false, false, true]);
});
