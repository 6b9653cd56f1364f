import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missedBeats } from './missed-beats.ts';

test('a beat without a poll is missed, one with a late poll is not', () => {
  assert.deepEqual(missedBeats([100, 105, 110.4, 114.9, 122, 125], 5, 35), []);
  assert.deepEqual(missedBeats([100, 105, 115, 120], 5, 35), [2, 5]);
  assert.deepEqual(missedBeats([], 5, 35), [0]);
});
