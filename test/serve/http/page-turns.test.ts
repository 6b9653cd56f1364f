import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPageTurns } from '../../../src/serve/http/page-turns.ts';

test('one page at a time, in the order of asking, and between two as long a pause as the first took', async () => {
  const turns = createPageTurns();
  const pages: Array<{ readonly name: string; readonly from: number; readonly to: number }> = [];
  const make = async (name: string) => {
    const made = await turns.next();
    const from = performance.now();
    while (performance.now() < from + 5);
    await Promise.resolve();
    pages.push({ name, from, to: performance.now() });
    made();
    made();
  };
  await Promise.all(['first', 'second', 'third'].map(make));
  assert.deepEqual(
    pages.map(({ name }) => name),
    ['first', 'second', 'third'],
  );
  for (const [index, { from, to }] of pages.slice(0, -1).entries()) {
    const next = pages[index + 1];
    assert.ok(next !== undefined && next.from - to >= (to - from) * 0.9, JSON.stringify(pages)); // a timer rounds down
  }
});
