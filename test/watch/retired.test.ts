import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRetired } from '../../src/watch/inherit.ts';
import { createRecord } from '../../src/watch/record.ts';

test('a record is given back once, and not after a quarter of an hour', () => {
  let now = 0;
  const retired = createRetired(() => now);
  const record = createRecord('operator', 0);
  retired.put('operator', record);
  assert.equal(retired.take('other'), undefined);
  assert.equal(retired.take('operator'), record);
  assert.equal(retired.take('operator'), undefined);
  retired.put('operator', record);
  now += 900_001;
  assert.equal(retired.take('operator'), undefined);
});

test('there are never more than a thousand: the oldest go', () => {
  const retired = createRetired(() => 0);
  for (let index = 0; index < 1100; index += 1) retired.put(`t${index}`, createRecord('t', 0));
  assert.equal(retired.take('t99'), undefined);
  assert.notEqual(retired.take('t100'), undefined);
  assert.notEqual(retired.take('t1099'), undefined);
});
