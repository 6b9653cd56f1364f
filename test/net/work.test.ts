import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { budgets } from '../../src/budgets.ts';
import { hasRoom } from '../../src/files/turns.ts';
import { collectText } from '../../src/net/collect-text.ts';
import { consumeInTurns } from '../../src/net/consume-in-turns.ts';
import { fetchBody } from '../../src/net/fetch-body.ts';
import { createPieceCount } from '../../src/net/pieces.ts';
import { runs } from '../runs.ts';
import { serveRaw } from './loopback.ts';

const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** One piece of a body as HTTP frames it. */
function framed(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

async function get(answer: (socket: Socket) => void, t: Parameters<typeof serveRaw>[0]) {
  const server = await serveRaw(t, answer);
  let pieces = 0;
  const onChunk = () => {
    pieces += 1;
    return true;
  };
  const reading = await fetchBody(server.endpoint(), '', { accept: '*/*', signal: AbortSignal.timeout(20_000), onChunk });
  return { reading, pieces };
}

test('a body in many small pieces is too large after a thousand of them, and says so', async (t) => {
  const { reading, pieces } = await get((socket) => socket.end(`${head}${framed('ab').repeat(20_000)}0\r\n\r\n`), t);
  assert.ok(!reading.ok && reading.reason === 'too-large', JSON.stringify(reading));
  assert.match(reading.detail, /^GET http.*: the body comes in more than 1000 pieces that are shorter than 1024 bytes$/);
  assert.ok(pieces <= budgets.bodyPieces.maxPieces + 1, `${pieces} pieces were looked at`);
});

test('a page that is sent line by line is read, and so is a long one in pieces as Go cuts them', async (t) => {
  const lines = await get((socket) => socket.end(`${head}${framed('go_goroutines 24\n').repeat(900)}0\r\n\r\n`), t);
  assert.deepEqual(lines.reading, { ok: true, value: { bytes: 900 * 17, contentType: undefined } });
  const usual = await get((socket) => socket.end(`${head}${framed('x'.repeat(2048)).repeat(4096)}0\r\n\r\n`), t);
  assert.ok(usual.reading.ok && usual.reading.value.bytes === 8 * 1024 * 1024, JSON.stringify(usual.reading));
});

test('what long pieces save up is no more than at the start', () => {
  const count = createPieceCount();
  for (let index = 0; index < 100; index += 1) assert.ok(!count.areTooMany(64 * 1024));
  let small = 0;
  while (!count.areTooMany(1)) small += 1;
  assert.ok(small <= budgets.bodyPieces.maxPieces, `${small} pieces of a byte`);
});

test('a flood of answers of 1xx ends, one before the answer does not matter', async (t) => {
  const hint = 'HTTP/1.1 103 Early Hints\r\n\r\n';
  const flood = await get((socket) => socket.end(hint.repeat(budgets.interimAnswers.maxEntries + 1)), t);
  assert.ok(!flood.reading.ok && flood.reading.reason === 'too-large', JSON.stringify(flood.reading));
  assert.match(flood.reading.detail, /more than 16 answers of 1xx/);
  const usual = await get((socket) => socket.end(`${hint}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`), t);
  assert.ok(usual.reading.ok, JSON.stringify(usual.reading));
});

test('100 Continue and another protocol, which nobody asked for, are no connection that was closed', async (t) => {
  const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  for (const [unasked, what] of [
    ['100 Continue\r\n', 'HTTP 100'],
    ['101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n', 'another protocol'],
  ] as const) {
    const { reading } = await get((socket) => socket.end(`HTTP/1.1 ${unasked}\r\n${answer}`), t);
    assert.ok(!reading.ok && reading.reason === 'malformed', JSON.stringify(reading));
    assert.match(reading.detail, new RegExp(`: the answer is ${what}, which nobody asked for$`));
  }
});

test('a header over 8 KiB is too large', async (t) => {
  const { reading } = await get((socket) => socket.end(`HTTP/1.1 200 OK\r\n${'a: bcdef\r\n'.repeat(3000)}\r\n`), t);
  assert.equal(!reading.ok && reading.reason, 'too-large', JSON.stringify(reading));
});

test('of a body no more than 16 KiB are handed on between two looks at the clock, in order, and the rest waits for its turn', async () => {
  const seen: Buffer[] = [];
  const consumer = consumeInTurns(
    (chunk) => {
      seen.push(chunk);
      while (hasRoom()); // as dear as can be
      return true;
    },
    () => assert.fail('it goes on'),
  );
  const body = Buffer.from(Array.from({ length: 40_000 }, (_, index) => index % 251));
  consumer.add(body.subarray(0, 39_000));
  consumer.add(body.subarray(39_000));
  assert.ok(seen.length <= 1, 'one piece used up the turn');
  await new Promise<void>((resolve) => consumer.end(resolve));
  assert.deepEqual(Buffer.concat(seen), body);
  assert.deepEqual(
    seen.map(({ length }) => length),
    [16_384, 16_384, 39_000 - 32_768, 1000],
  );
});

test('a consumer that has had enough, or is stopped, hands on nothing more', async () => {
  let calls = 0;
  let enough = 0;
  const full = consumeInTurns(
    () => {
      calls += 1;
      return false;
    },
    () => {
      enough += 1;
      full.stop();
    },
  );
  full.add(Buffer.alloc(100_000));
  await new Promise(setImmediate);
  assert.deepEqual([calls, enough], [1, 1]);

  while (hasRoom());
  const stopped = consumeInTurns(
    () => assert.fail('it was stopped'),
    () => assert.fail('it was stopped'),
  );
  stopped.add(Buffer.from('x'));
  stopped.end(() => assert.fail('it was stopped'));
  stopped.stop();
  await new Promise(setImmediate);
  await new Promise(setImmediate);
});

test('a text is collected whole, however it was cut', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 20 });
  fc.assert(
    fc.property(pieces, (parts) => {
      const collector = collectText();
      for (const part of parts) collector.add(Buffer.from(part));
      assert.equal(collector.text('latin1'), Buffer.concat(parts).toString('latin1'));
    }),
    { numRuns: runs(30) },
  );
});
