import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createPageTurns } from '../../src/http/page-turns.ts';

test('one page at a time, in the order of asking, and turns of the event loop between them', async () => {
  const turns = createPageTurns();
  const order: string[] = [];
  let passed = 0;
  const make = async (name: string) => {
    const made = await turns.next();
    order.push(`${name} after ${passed > 0 ? 'turns' : 'none'}`);
    passed = 0;
    const until = performance.now() + 5;
    while (performance.now() < until);
    await Promise.resolve();
    made();
    made();
  };
  const pages = Promise.all(['first', 'second', 'third'].map(make));
  while (order.length < 3) {
    await turn();
    passed += 1;
  }
  await pages;
  assert.deepEqual(order, ['first after none', 'second after turns', 'third after turns']);
});
