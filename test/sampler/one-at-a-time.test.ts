import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { oneAtATime } from '../../src/sampler/one-at-a-time.ts';

test('what comes while another runs waits for its end, in order, and a failure holds nobody up', async () => {
  let running = 0;
  const order: number[] = [];
  const works = [1, 2, 3].map((number) =>
    oneAtATime(async () => {
      running += 1;
      assert.equal(running, 1);
      await sleep(5);
      running -= 1;
      order.push(number);
      if (number === 2) throw new Error('failed');
      return number;
    }),
  );
  const results = await Promise.allSettled(works);

  assert.deepEqual(order, [1, 2, 3]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});
