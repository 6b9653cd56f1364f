import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markOf } from '../../scripts/pictures/marks.ts';

function figuresOf(...values: ReadonlyArray<readonly [number, number]>) {
  return [{ labels: {}, legend: '', values }];
}

test('an annotation whose values are times is a line at each of them, in seconds', () => {
  const annotation = { name: 'New process', expr: '', iconColor: 'purple', useValueForTime: true };
  const { name, color, at } = markOf(annotation, figuresOf([100, 40_000], [102, 40_000], [104, 103_500]), 2);

  assert.deepEqual({ name, color, at }, { name: 'New process', color: 'purple', at: [40, 103.5] });
});

test('one whose values only are there is a line where each stretch of them begins', () => {
  const annotation = { name: 'OOM kill', expr: '', iconColor: 'red' };

  assert.deepEqual(markOf(annotation, figuresOf([100, 1], [102, 1], [104, 1], [130, 1], [132, 1]), 2).at, [100, 130]);
  assert.deepEqual(markOf(annotation, figuresOf([100, 1]), 2).at, [100]);
  assert.deepEqual(markOf(annotation, [], 2).at, []);
});
