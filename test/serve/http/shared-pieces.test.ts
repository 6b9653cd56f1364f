import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCollector } from '../../../src/engine/collect-garbage.ts';
import { piecesFrom, sharePieces } from '../../../src/serve/http/shared-pieces.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Pieces of one byte, counted as they are made; it throws for the one of `bad`. */
function counted(count: number, bad = Number.NaN) {
  const source = { made: 0, ended: false, refs: Array.of<WeakRef<Buffer>>() };
  async function* pieces(): AsyncGenerator<Buffer, void> {
    try {
      for (let index = 0; index < count; index += 1) {
        await turn();
        if (index === bad) throw new Error('bad');
        source.made += 1;
        const piece = Buffer.alloc(1, index);
        source.refs.push(new WeakRef(piece));
        yield piece;
      }
    } finally {
      source.ended = true;
    }
  }
  return { source, shared: sharePieces(pieces()) };
}

async function allOf(reader: AsyncIterable<Buffer>) {
  const bytes: Array<number | undefined> = [];
  for await (const [byte] of reader) bytes.push(byte);
  return bytes;
}

async function isSettled(settled: Promise<void>): Promise<boolean> {
  return Promise.race([settled.then(() => true), turn().then(() => false)]);
}

test('all readers get all pieces, each at its own pace, and each piece is made once, when the first of them wants it', async () => {
  const { source, shared } = counted(5);
  const told: number[] = [];
  const leave = [shared.enter((bytes) => told.push(bytes)), shared.enter(() => {})];
  const first = await shared.first;
  const [fast, slow] = [piecesFrom(first), piecesFrom(first)];
  assert.equal((await slow.next()).value?.[0], 0);
  for (let index = 0; index < 3; index += 1) assert.equal((await fast.next()).value?.[0], index);
  for (let turns = 0; turns < 5; turns += 1) await turn();
  assert.equal(source.made, 3, 'nobody asked for a fourth');
  assert.equal(await isSettled(shared.settled), true, 'its readers have what they want for now');
  const rest = await Promise.all([allOf(slow), allOf(fast)]);
  assert.deepEqual(rest, [
    [1, 2, 3, 4],
    [3, 4],
  ]);
  assert.deepEqual([source.made, told, source.ended], [5, [1, 1, 1, 1, 1], true]);
  for (const each of leave) each();
});

test('while somebody wants more it is not settled', async () => {
  const { shared } = counted(50);
  shared.enter(() => {});
  const reader = piecesFrom(await shared.first);
  for (let index = 0; index < 49; index += 1) {
    await reader.next();
    const next = reader.next();
    assert.equal(await isSettled(shared.settled), false, `piece ${index}`);
    await next;
    index += 1;
  }
});

test('the source ends when the last reader goes, and not before', async () => {
  const { source, shared } = counted(5);
  const [one, other] = [shared.enter(() => {}), shared.enter(() => {})];
  await shared.first;
  one();
  one(); // whoever goes twice takes nobody along
  await turn();
  assert.equal(source.ended, false);
  other();
  await turn();
  assert.deepEqual([source.ended, source.made], [true, 1]);
  await shared.settled;
});

test('an error comes to all readers at its piece, and settles it', async () => {
  const { shared } = counted(5, 2);
  const first = await shared.first;
  for (const reader of [piecesFrom(first), piecesFrom(first)]) {
    await reader.next();
    await reader.next();
    await assert.rejects(reader.next(), /bad/);
  }
  await shared.settled;
  await assert.rejects(counted(5, 0).shared.first, /bad/);
});

test('what the slowest reader has gone beyond is held no longer', async () => {
  const { source, reader } = await (async () => {
    const { source, shared } = counted(6);
    return { source, reader: piecesFrom(await shared.first) };
  })();
  for (let index = 0; index < 4; index += 1) await reader.next();
  for (let turns = 0; turns < 3; turns += 1) await turn();
  createCollector(0)();
  const held = source.refs.map((ref) => ref.deref() !== undefined);
  assert.deepEqual(held.slice(0, 3), [false, false, false]);
  assert.equal((await reader.next()).value?.[0], 4);
});
