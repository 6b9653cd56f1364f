import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cameForAMoment, type Residents, visitorsAmong } from '../../../src/kernel/cgroup/visitors.ts';
import { readStatus } from '../../../src/kernel/process/status.ts';
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
  assert.deepEqual(visitorsAmong(new Map([[other, undefined]]), { pid, paths: here }, now), []);
  const two = new Map([2 ** 22 + 1, other].map((each) => [each, undefined]));
  assert.deepEqual(visitorsAmong(two, { pid: 1, paths: here }, now), [other], 'init was there long before');
});

test('who was found to be no visitor is not asked again, until another process has its pid', async (t) => {
  const target = { pid: 1, paths: here };
  const pid = await start(t, '/bin/sleep', ['600']);
  const { inode } = readStatus({ pid, paths: here });
  assert.ok(inode !== undefined);
  const residents: Residents = new Map();
  const now = Date.now() / 1000;
  const among = (its: number, at: number) => visitorsAmong(new Map([[pid, its]]), target, at, residents);
  assert.deepEqual(among(inode, now), [pid]);
  assert.deepEqual([...residents], [], 'a visitor may become a resident');
  assert.deepEqual(among(inode, now + 60), []);
  assert.deepEqual([...residents], [[pid, inode]]);
  assert.deepEqual(among(inode, now), [], 'by the same clock it would be one: it is known');
  assert.deepEqual(among(inode + 1, now), [pid], 'another process');
  visitorsAmong(new Map(), target, now, residents);
  assert.equal(residents.size, 0, 'who has left is forgotten');
});
