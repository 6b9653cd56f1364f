import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createMarks } from '../../../src/cli/loadtest/marks.ts';

test('Enter and the name of the next phase are marks; another word is told what would fit; the end of the input ends', async () => {
  const input = new PassThrough();
  const told: string[] = [];
  const marks = createMarks(input, (text) => told.push(text));
  const first = marks.wait('load');
  assert.equal(first.over.aborted, false);

  input.write('what\nload\n\n');
  await turn();
  await turn();
  assert.equal(first.over.aborted, true);
  assert.equal(first.isEnd(), false);
  assert.equal(told.length, 1);
  const second = marks.wait('after');
  assert.equal(second.over.aborted, true, 'a line that came early waits for its turn');
  assert.equal(second.isEnd(), false);

  input.end();
  const third = marks.wait('load');
  while (!third.over.aborted) await turn();
  assert.equal(third.isEnd(), true);
  marks.close();
});

test('"end" ends at once', async () => {
  const input = new PassThrough();
  const marks = createMarks(input, () => undefined);
  const mark = marks.wait('load');
  input.write('end\n');
  while (!mark.over.aborted) await turn();

  assert.equal(mark.isEnd(), true);
  marks.close();
});
