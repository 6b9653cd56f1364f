import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cameForAMoment, visitorsAmong } from '../../../src/kernel/cgroup/visitors.ts';
import { here, start } from '../process/processes.ts';

test('a probe comes long after the target and has just begun; who came with it, or stays, shares its group', () => {
  assert.equal(cameForAMoment(1000, 900, 1001), true);
  assert.equal(cameForAMoment(1000, 995, 1001), false);
  assert.equal(cameForAMoment(1000, 900, 1010), false);
});

test('of two real processes that started together none visits the other, and nobody does who is not there', async (t) => {
  const pid = await start(t, '/bin/sleep', ['600']);
  const other = await start(t, '/bin/sleep', ['600']);
  const now = Date.now() / 1000;
  assert.deepEqual(visitorsAmong([other], { pid, paths: here }, now), []);
  assert.deepEqual(visitorsAmong([2 ** 22 + 1, other], { pid: 1, paths: here }, now), [other], 'init was there long before');
});
