import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { oneAtATime } from '../../src/poll/shared-walks.ts';

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
    }, new AbortController().signal),
  );
  const results = await Promise.allSettled(works);

  assert.deepEqual(order, [1, 2, 3]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('a wait ends with its own deadline, and what was not begun by then never is', async () => {
  const begun: string[] = [];
  let end: ((value: string) => void) | undefined;
  const longOne = new Promise<string>((resolve) => {
    end = resolve;
  });
  const work = (name: string, result: Promise<string> = Promise.resolve(name)) => {
    begun.push(name);
    return result;
  };
  const { signal } = new AbortController();
  const cut = new AbortController();
  const first = oneAtATime(() => work('first', longOne), signal);
  const second = oneAtATime(() => work('second'), cut.signal);
  const third = oneAtATime(() => work('third'), signal);
  cut.abort();
  assert.equal(await second, undefined);
  assert.equal(await oneAtATime(() => work('fourth'), cut.signal), undefined, 'too late from the beginning');
  end?.('first');
  assert.deepEqual([await first, await third, begun], ['first', 'third', ['first', 'third']]);
});
