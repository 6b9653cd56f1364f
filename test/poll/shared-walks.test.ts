import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSharedWalks, type Turns } from '../../src/poll/shared-walks.ts';

const pid = 12;

/** Whether a poll at `now` walked; a walk costs 3 ms. */
function polled(turns: Turns, now: number, of = pid): boolean {
  if (!turns.isDue(of, now, undefined)) return false;
  turns.took(of, { at: now, seconds: 0.003, rss: undefined });
  return true;
}

test('a target that has its process for itself walks every 15 s', () => {
  const one = createSharedWalks()();
  assert.deepEqual(
    [0, 5, 14, 15, 29, 30].map((now) => polled(one, now)),
    [true, false, false, true, false, true],
  );
});

test('two targets of one process take turns, and walk it no more often than one would', () => {
  const turns = createSharedWalks();
  const [one, other] = [turns(), turns()];
  const walks: string[] = [];
  for (let now = 0; now <= 120; now += 5) {
    if (polled(one, now)) walks.push(`one ${now}`);
    if (polled(other, now + 0.5)) walks.push(`other ${now + 0.5}`);
  }
  assert.deepEqual(walks, ['one 0', 'other 15.5', 'one 35', 'other 50.5', 'one 70', 'other 85.5', 'one 105', 'other 120.5']);
  assert.equal(one.shared(), 2);
});

test('who leaves is waited for no more, and other processes have budgets of their own', () => {
  const turns = createSharedWalks();
  const [one, other] = [turns(), turns()];
  assert.equal(polled(one, 0), true);
  assert.equal(polled(other, 1), false);
  assert.equal(polled(other, 2, 13), true, 'its process is another one now');
  assert.equal(polled(one, 15), true);
  other.isDue(pid, 16, undefined);
  other.leave();
  assert.equal(one.shared(), 1);
  assert.equal(polled(one, 30), true);
});

test('one that asked and never comes back holds nobody up for more than three intervals', () => {
  const turns = createSharedWalks();
  const [one, hung] = [turns(), turns()];
  assert.equal(polled(one, 0), true);
  assert.equal(hung.isDue(pid, 1, undefined), false);
  assert.equal(polled(one, 45), false);
  assert.equal(polled(one, 46), true);
});
