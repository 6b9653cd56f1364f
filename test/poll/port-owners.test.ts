import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { budgets } from '../../src/budgets.ts';
import { createPortOwners } from '../../src/poll/port-owners.ts';
import { here } from '../kernel/process/processes.ts';
import { endpointOf } from '../net/loopback.ts';

const { maxEntries } = budgets.ownerWalks;
const { signal } = new AbortController();
const first = { pid: 12, startTicks: 500, startTime: 5 };

/** A reader that counts its walks over all open files, and what it says of a poll. */
function counted(t: TestContext) {
  let walks = 0;
  let sockets: readonly string[] = ['socket:[1]'];
  const ask = async () => {
    walks += 1;
    return { pids: [walks], isShared: false };
  };
  const owners = createPortOwners(here, ask, () => new Set(sockets));
  const endpoint = endpointOf(t, 'http://127.0.0.1:6060/debug/vars');
  const poll = async (numGc: number, process = first, source = 'expvar', at = endpoint) =>
    (await owners({ process, source, endpoint: at, numGc }, signal))?.pids;
  const listening = (...names: readonly string[]) => {
    sockets = names;
  };
  return { poll, endpoint, walks: () => walks, listening };
}

test('the owner is asked for once while collections count on, and again for another run, source or program', async (t) => {
  const { poll, walks } = counted(t);
  for (let numGc = 7; numGc < 100; numGc += 1) assert.deepEqual(await poll(numGc), [1]);
  assert.deepEqual(await poll(99), [1]);
  assert.deepEqual(await poll(3), [2], 'another run');
  assert.deepEqual(await poll(3, first, 'metrics'), [3], 'another source');
  for (let n = 0; n < 10; n += 1) await poll(3, first, 'metrics');
  assert.deepEqual(await poll(3, { ...first }, 'metrics'), [4], 'another program');
  assert.equal(walks(), 4);
});

test('collections that fall at every poll cost three walks and then one every ten polls, and meanwhile nothing is said', async (t) => {
  const { poll, walks } = counted(t);
  const polls = 1000;
  let unknown = 0;
  for (let n = 0; n < polls; n += 1) if ((await poll(1_000_000 - n)) === undefined) unknown += 1;
  assert.ok(walks() <= maxEntries + polls / 10, `${walks()} walks`);
  assert.equal(unknown, polls - walks());
});

test('programs that change at every poll cost no more, and the one that stays is asked about', async (t) => {
  const { poll, walks } = counted(t);
  for (let n = 0; n < 50; n += 1) await poll(1, { ...first });
  assert.ok(walks() <= maxEntries + 5, `${walks()} walks`);
  const seen: unknown[] = [];
  for (let n = 0; n < 10; n += 1) seen.push(await poll(1));
  assert.deepEqual(seen.at(-1), [walks()]);
});

test('a unix socket has no port, and nobody is looked for', async (t) => {
  const { poll, endpoint, walks } = counted(t);
  assert.equal(await poll(1, first, 'expvar', { ...endpoint, socketPath: '/run/app.sock' }), undefined);
  assert.equal(walks(), 0);
});

test('a second one that begins to listen there is seen within ten polls, and costs one walk', async (t) => {
  const { poll, walks, listening } = counted(t);
  for (let n = 0; n < 25; n += 1) assert.deepEqual(await poll(n), [1]);
  listening('socket:[1]', 'socket:[2]');
  for (let n = 0; n < 10; n += 1) await poll(25 + n);
  assert.deepEqual(await poll(40), [2]);
  for (let n = 0; n < 50; n += 1) await poll(50 + n);
  assert.equal(walks(), 2);
});
