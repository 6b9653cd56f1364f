import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldCache } from '../../src/ledger/held-cache.ts';
import { found, missing } from '../../src/reading.ts';
import type { OpenFiles } from '../../src/snapshot.ts';
import { bytes } from '../../src/units.ts';
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
    receiveQueues: undefined,
    pipes: 0,
    anonInodes: {},
    deleted: { count: 0, untold: 0, bytes: mib(0), largest: [] },
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

test('on v1 the own send queues are what may be held, and a piece of the cache at the end of each', () => {
  assert.deepEqual(held(undefined, { sendQueues: mib(64), sending: 8 }), { queues: mib(66), pipes: 0 });
});

test('many connections with little in them hold no more than twice that', () => {
  assert.deepEqual(held(undefined, { sendQueues: mib(1), sending: 10_000 }), { queues: mib(2), pipes: 0 });
});

test('on v2 sock bounds it, and stands for all processes where the target is not alone', () => {
  assert.equal(held(10, { sendQueues: mib(64), sending: 1 }).queues, mib(10));
  assert.equal(held(10, { sendQueues: mib(4), sending: 0 }).queues, mib(4));
  assert.equal(held(10, { sendQueues: mib(4), sending: 0 }, 1).queues, mib(10));
  assert.equal(held(10, undefined).queues, mib(10));
});

test('a pipe may hold a MiB; without the right to look nothing is assumed on v1', () => {
  assert.equal(held(undefined, { pipes: 3 }).pipes, mib(3));
  assert.deepEqual(held(undefined, undefined), { queues: 0, pipes: 0 });
});
