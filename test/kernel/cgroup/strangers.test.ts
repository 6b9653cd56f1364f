import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { strangersAmong } from '../../../src/kernel/cgroup/strangers.ts';

/** init 1 -> shell 10 -> target 12 -> child 20 -> its child 21; beside the target 30 -> 31, and 40, whose parent is in another group. */
const parents = new Map([
  [1, 0],
  [10, 1],
  [12, 10],
  [20, 12],
  [21, 20],
  [30, 1],
  [31, 30],
  [40, 999],
]);

test('what the target started and what started it are no strangers', () => {
  assert.equal(strangersAmong({ target: 12, reader: undefined, parents }, false), 3);
  assert.equal(strangersAmong({ target: 1, reader: undefined, parents }, false), 1, 'init: all but the one from elsewhere');
});

test('a login is no part of a program that was started from it', () => {
  assert.equal(strangersAmong({ target: 12, reader: undefined, parents }, true), 5);
});

test('memgap in the same group is no stranger, nor the shell it was started from', () => {
  assert.equal(strangersAmong({ target: 12, reader: 31, parents }, false), 1);
  assert.equal(strangersAmong({ target: 12, reader: 7, parents }, false), 3, 'in another group it changes nothing');
});

test('a group of the target alone has none, and parents in a circle end', () => {
  assert.equal(strangersAmong({ target: 12, reader: undefined, parents: new Map([[12, 1]]) }, false), 0);
  const circle = new Map([
    [12, 13],
    [13, 14],
    [14, 13],
    [15, 15],
  ]);
  assert.equal(strangersAmong({ target: 12, reader: undefined, parents: circle }, false), 1, 'the other two stand above it');
});

test('whoever they are, no more are strangers than there are others, and more descendants make none', () => {
  const pid = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(fc.dictionary(pid.map(String), fc.integer({ min: 0, max: 12 })), pid, fc.boolean(), (family, target, isOfUsers) => {
      const all = new Map(Object.entries(family).map(([one, parent]) => [Number(one), parent] as const)).set(target, 0);
      const strangers = strangersAmong({ target, reader: undefined, parents: all }, isOfUsers);
      assert.ok(strangers >= 0 && strangers < all.size);
      const withChild = new Map(all).set(99, target);
      assert.equal(strangersAmong({ target, reader: undefined, parents: withChild }, isOfUsers), strangers);
    }),
  );
});
