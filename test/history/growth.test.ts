import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { growthOf } from '../../src/history/growth.ts';
import type { Point } from '../../src/history/past.ts';

const mib = 1024 ** 2;

function points(floors: readonly number[]): readonly Point[] {
  return floors.map((floor, index) => ({ at: index * 60, floor }));
}

function over(count: number, size: (share: number) => number): readonly Point[] {
  return points(Array.from({ length: count }, (_, index) => size(index / count) * mib));
}

test('a leak is a line, and its slope is what it leaks', () => {
  const growth = growthOf(
    over(60, (share) => 50 + 60 * share),
    100 * mib,
  );
  assert.equal(growth?.shape, 'line');
  assert.ok(Math.abs((growth?.perHour ?? 0) / mib - 60) < 1);
});

test("the seed's story is a plateau: it rises once, and a second load ends at the same floor", () => {
  assert.equal(
    growthOf(
      over(60, (share) => (share < 0.2 ? 20 : share < 0.5 ? 150 : 130)),
      130 * mib,
    )?.shape,
    'plateau',
  );
});

test('what slows down is no line', () => {
  assert.equal(
    growthOf(
      over(60, (share) => 200 * Math.sqrt(share)),
      100 * mib,
    )?.shape,
    'plateau',
  );
});

test('a garbage sawtooth, a burst and a fall are flat', () => {
  assert.equal(
    growthOf(
      over(96, (share) => 50 + 40 * ((share * 12) % 1)),
      90 * mib,
    )?.shape,
    'flat',
  );
  assert.equal(
    growthOf(
      over(96, (share) => (share > 0.4 && share < 0.45 ? 500 : 50)),
      50 * mib,
    )?.shape,
    'flat',
  );
  assert.equal(
    growthOf(
      over(96, (share) => 500 - 400 * share),
      100 * mib,
    )?.shape,
    'flat',
  );
});

test('a burst and a spike do not move the slope of a line', () => {
  const growth = growthOf(
    over(60, (share) => 50 + 60 * share + (share > 0.5 && share < 0.53 ? 300 : 0)),
    100 * mib,
  );
  assert.equal(growth?.shape, 'line');
  assert.ok(Math.abs((growth?.perHour ?? 0) / mib - 60) < 3);
});

test('before there are 24 points nothing is said', () => {
  assert.equal(
    growthOf(
      over(23, (share) => 1000 * share),
      100 * mib,
    ),
    undefined,
  );
});

test('noise around a level is never a line', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 17 * mib }), { minLength: 24, maxLength: 96 }), (noise) => {
      assert.notEqual(growthOf(points(noise.map((each) => 300 * mib + each)), 300 * mib)?.shape, 'line');
    }),
  );
});
