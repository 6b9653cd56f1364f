import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firing } from '../../acceptance/alerts/judge.ts';
import { hours, perHour, shapesOf } from '../../acceptance/alerts/shapes.ts';

test('a seed gives 80 benign shapes and 40 leaks, always the same, and another seed gives others', () => {
  const shapes = shapesOf(1);
  assert.equal(shapes.filter(({ leaks }) => !leaks).length, 80);
  assert.equal(shapes.filter(({ leaks }) => leaks).length, 40);
  assert.deepEqual(shapesOf(1), shapes);
  assert.notDeepEqual(shapesOf(2)[0]?.sizes, shapes[0]?.sizes);
});

test('every shape lasts its time, in sizes of 0 and more', () => {
  for (const { kind, sizes } of shapesOf(3)) {
    assert.equal(sizes.length, hours * perHour, kind);
    assert.ok(
      sizes.every((size) => Number.isFinite(size) && size >= 0),
      kind,
    );
  }
});

test('a leak ends at least 2 MiB an hour above its last start, by its floors; what is benign and not a step has its floor again on the next day', () => {
  const floor = (sizes: readonly number[], from: number, to: number) => Math.min(...sizes.slice(from * perHour, to * perHour));
  for (const { kind, leaks, sizes, starts } of shapesOf(4)) {
    const last = (starts.at(-1) ?? 0) / perHour;
    if (leaks) assert.ok(floor(sizes, 72, 78) - floor(sizes, last, last + 6) > 2 * (64 - last), kind);
    if (kind === 'day and night' || kind === 'sawtooth') assert.ok(Math.abs(floor(sizes, 48, 72) - floor(sizes, 24, 48)) < 12, kind);
  }
});

test('an alert fires once its expression was true for its time without a break, as in Prometheus', () => {
  const minutes = (...list: readonly number[]) => list.map((minute) => minute * 60);

  assert.equal(firing(minutes(0, 5, 10, 15), 900), 900);
  assert.equal(firing(minutes(0, 5, 10, 20, 25, 30, 35), 900), 35 * 60);
  assert.equal(firing(minutes(0, 5, 10), 900), undefined);
  assert.equal(firing([], 0), undefined);
});
