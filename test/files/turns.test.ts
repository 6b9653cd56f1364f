import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasRoom, inLaterTurn, whenNothingWaits } from '../../src/files/turns.ts';

/** Uses up what this turn has left. */
function busy(): void {
  while (hasRoom());
}

/** A turn of the event loop. */
async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

test('the share of a turn ends, and the next turn has one of its own, whether or not something waits', async () => {
  assert.ok(hasRoom());
  busy();
  assert.ok(!hasRoom());
  await turn();
  assert.ok(hasRoom());
  await turn();
});

test('works go on one a turn, in the order of asking; more is taken in only after all of them', async () => {
  const done: string[] = [];
  const work = (name: string, again: boolean) => () => {
    done.push(name);
    busy();
    if (again) inLaterTurn(work(`${name}2`, false));
  };
  whenNothingWaits(() => done.push('read'));
  inLaterTurn(work('a', true));
  inLaterTurn(work('b', false));
  inLaterTurn(work('c', true));
  const after: number[] = [];
  for (let turns = 0; turns < 20; turns += 1) {
    await turn();
    after.push(done.length);
  }
  assert.deepEqual(done, ['a', 'b', 'c', 'a2', 'c2', 'read']);
  for (const [index, count] of after.entries()) assert.ok(count - (after[index - 1] ?? 0) <= 1, `${after}`);
});
