import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { shareRuns } from '../../../src/serve/http/shared-runs.ts';

/** What a listening server does for memgap. */
const alive = setInterval(() => {}, 1000);
after(() => clearInterval(alive));

test('whoever asks at once, while one runs or right after it shares a run, and all get the result of their own', async () => {
  let runs = 0;
  const ask = shareRuns(async () => {
    runs += 1;
    const mine = runs;
    await sleep(5);
    if (mine === 2) throw new Error('the second');
    return mine;
  }, 9);
  const first = [ask(), ask(), ask()];
  assert.deepEqual(await Promise.all(first), [1, 1, 1]);
  const second = [ask(), ask()];
  await assert.rejects(Promise.all(second), /the second/);
  assert.equal(await ask(), 3);
  assert.equal(runs, 3);
});

test('a flood of asking is a tenth of the time at most', async () => {
  let busy = 0;
  const ask = shareRuns(async () => {
    const from = performance.now();
    await sleep(4);
    busy += performance.now() - from;
  }, 9);
  const from = performance.now();
  for (let times = 0; times < 5; times += 1) await ask();
  assert.ok(performance.now() - from > busy * 5, 'four pauses of nine times a run each, and five runs');
});
