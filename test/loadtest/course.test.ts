import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { courseOf } from '../../src/loadtest/course.ts';

const mib = 1024 ** 2;

function course(idle: number, ...after: number[]) {
  return courseOf(
    idle * mib,
    after.map((each) => each * mib),
    mib,
  );
}

test('more stays after each load: a line, with the bytes of a load', () => {
  assert.deepEqual(course(20, 28, 36, 44), { shape: 'line', perCycle: 8 * mib });
});

test('it rose with the first load and stands: a plateau', () => {
  assert.deepEqual(course(20, 130, 130, 130), { shape: 'plateau', perCycle: 0 });
  assert.equal(course(20, 130, 128, 131).shape, 'plateau');
  assert.equal(course(20, 100, 120, 125).shape, 'plateau', 'a warm-up that slows down');
});

test('it comes back: flat', () => {
  assert.equal(course(20, 20, 20.2, 20.1).shape, 'flat');
  assert.equal(course(20, 18, 17, 16).shape, 'flat');
});

test('one rise may be a warm-up: undecided; a rise in only one of many loads is no line', () => {
  assert.equal(course(20, 28).shape, 'undecided');
  assert.equal(course(20, 28, 36).shape, 'undecided');
  assert.equal(course(20, 28, 28).shape, 'plateau');
  assert.equal(course(20, 28, 28, 60, 60, 60).shape, 'plateau');
});

test('a floor that jumps once is no growth: heap that was not given back yet', () => {
  const { shape, perCycle = 0 } = course(11, 12.2, 12.4, 44.1);

  assert.equal(shape, 'plateau');
  assert.ok(perCycle < mib);
});

test('what rises with every second or third load only is a line, from five loads on', () => {
  assert.deepEqual(course(20, 28, 28, 36, 36, 44, 44), { shape: 'line', perCycle: 4 * mib });
  assert.equal(course(20, 28, 28, 36, 36, 44).shape, 'line');
  assert.equal(course(20, 28, 36, 36, 44, 44, 52, 52).shape, 'line', 'ends on a landing');
  assert.equal(course(20, 28, 28, 28, 36, 36, 36, 44, 44).shape, 'line');
  assert.equal(course(20, 28, 28, 36, 36).shape, 'plateau', 'one jump so far');
  assert.equal(course(20, 100, 100, 130, 130, 138, 138).shape, 'plateau', 'stairs that get lower');
});

test('a drop on the way hides no line', () => {
  assert.equal(course(20, 28, 36, 34, 44, 52, 50).shape, 'line');
});

test('one jump is no line and no growth, wherever it is and among however many loads', () => {
  const jump = fc.integer({ min: 3, max: 20 }).chain((loads) => fc.tuple(fc.constant(loads), fc.integer({ min: 1, max: loads - 1 })));
  fc.assert(
    fc.property(jump, fc.double({ min: 2, max: 500, noNaN: true }), ([loads, at], height) => {
      const { shape, perCycle } = course(20, ...Array.from({ length: loads }, (_, index) => (index < at ? 28 : 28 + height)));
      assert.equal(shape, 'plateau');
      assert.equal(perCycle, 0);
    }),
  );
  assert.equal(course(20, 28, 28.6, 29.2, 61.2, 61.8).shape, 'plateau', 'nor with what creeps by less than a step');
});

test('noise smaller than a step does not hide a line, nor move its slope far', () => {
  const noise = fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 3, maxLength: 8 });
  fc.assert(
    fc.property(noise, (amounts) => {
      const { shape, perCycle = 0 } = course(20, ...amounts.map((amount, index) => 28 + 8 * index + amount));
      assert.equal(shape, 'line');
      assert.ok(Math.abs(perCycle - 8 * mib) <= 0.4 * mib + 2, 'and a byte that each of the two is rounded by');
    }),
  );
});

test('whatever was seen, noise below a step is never a line', () => {
  const small = fc.array(fc.double({ min: 0, max: 0.49, noNaN: true }), { minLength: 1, maxLength: 8 });
  fc.assert(fc.property(small, (amounts) => assert.notEqual(course(20, ...amounts.map((amount) => 30 + amount)).shape, 'line')));
});
