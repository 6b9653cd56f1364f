import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { inTurns } from '../../src/net/read-in-turns.ts';

const sent = Buffer.alloc(48 * 1024, 'X-A: b\r\n');

test('what undici parses at once is a small piece, and all of them are what was sent', async (t) => {
  const socket = await filled(t);
  const pieces = takeAll(socket);
  assert.ok(pieces.length > 1 && pieces.every(({ length }) => length <= 4096), String(pieces.map(({ length }) => length)));
  let bytes = Buffer.concat(pieces);
  while (bytes.length < sent.length) {
    await once(socket, 'readable');
    bytes = Buffer.concat([bytes, ...takeAll(socket)]);
  }
  assert.deepEqual(bytes, sent);
});

test('of a connection that was cut nothing more is parsed', async (t) => {
  const socket = await filled(t);
  assert.equal(socket.read()?.length, 4096);
  socket.destroy();
  assert.ok(socket.readableLength > 0);
  assert.equal(socket.read(), null);
});

/** A socket as undici gets it, in which more than one piece waits. */
async function filled(t: TestContext): Promise<Socket> {
  const server = createServer((client) => client.on('error', () => undefined).end(sent));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const socket = await new Promise<Socket>((resolve, reject) => {
    const connect = inTurns((_, callback) => {
      const made = dial(port, '127.0.0.1', () => callback(null, made));
    });
    connect({ hostname: '127.0.0.1', protocol: 'http:', port: String(port) }, (...[error, made]) => (made ? resolve(made) : reject(error)));
  });
  t.after(() => socket.destroy());
  while (socket.readableLength <= 4096) await once(socket, 'readable');
  return socket;
}

function takeAll(socket: Socket): Buffer[] {
  const pieces: Buffer[] = [];
  for (let piece: Buffer | null = socket.read(); piece !== null; piece = socket.read()) pieces.push(piece);
  return pieces;
}
