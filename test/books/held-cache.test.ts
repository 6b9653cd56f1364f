import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldCache } from '../../src/books/held-cache.ts';
import type { OpenFiles } from '../../src/model/process.ts';
import { found, missing } from '../../src/model/reading.ts';
import { bytes } from '../../src/model/units.ts';
import { cgroupStatWith } from '../snapshots.ts';

const mib = (count: number) => bytes(count * 1024 * 1024);

function held(sock: number | undefined, open: Partial<OpenFiles> | undefined, others = 0) {
  const stat = cgroupStatWith({ sock: sock === undefined ? undefined : mib(sock) });
  const level = { path: '/', usage: mib(500), limit: undefined, high: undefined, stat };
  const files: OpenFiles = {
    descriptors: 9,
    sockets: 4,
    tcpSockets: 4,
    sendQueues: undefined,
    sending: undefined,
    sendHeld: undefined,
    receiveQueues: undefined,
    pipes: 0,
    anonInodes: {},
    deleted: { count: 0, unsized: 0, bytes: mib(0), largest: [] },
    ...open,
  };
  return heldCache(
    { levels: [level] },
    {
      openFiles: open === undefined ? missing('denied', 'no right') : found({ value: files, at: 0 }),
      others: found({ count: others, strangers: 0, rss: mib(0), anon: mib(0) }),
    },
  );
}

test('of the own sockets their queues tell it, in folios', () => {
  assert.deepEqual(held(undefined, { sendQueues: mib(64), sendHeld: mib(66) }), { queues: mib(66), pipes: 0 });
  assert.equal(held(10, { sendQueues: mib(4), sendHeld: mib(6) }).queues, mib(6));
});

test('on v2 sock stands for the sockets of others, and for those that could not be looked at', () => {
  assert.equal(held(10, { sendQueues: mib(4), sendHeld: mib(6) }, 1).queues, mib(10));
  assert.equal(held(10, { sendQueues: mib(64), sendHeld: mib(66) }, 1).queues, mib(66));
  assert.equal(held(10, undefined).queues, mib(10));
});

test('a pipe may hold a MiB; without the right to look nothing is assumed on v1', () => {
  assert.equal(held(undefined, { pipes: 3 }).pipes, mib(3));
  assert.deepEqual(held(undefined, undefined), { queues: 0, pipes: 0 });
});
