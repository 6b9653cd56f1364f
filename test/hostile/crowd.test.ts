import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Serving, serveMemgap } from '../e2e/memgap.ts';

const self = [`--target.pid=${process.pid}`];

/** Connections that are opened again when memgap closes them, as a client would that means harm, until the test ends. */
function crowd(t: TestContext, port: number, count: number, text: string): { connected(): number } {
  let over = false;
  let connected = 0;
  const sockets = new Set<Socket>();
  function open(): void {
    if (over) return;
    const socket = connect(port, '127.0.0.1', () => {
      connected += 1;
    });
    sockets.add(socket);
    socket
      .on('error', () => {})
      .once('close', () => {
        sockets.delete(socket);
        setTimeout(open, 250);
      });
    socket.resume().write(text);
  }
  for (let index = 0; index < count; index += 1) open();
  t.after(() => {
    over = true;
    for (const socket of sockets) socket.destroy();
  });
  return { connected: () => connected };
}

async function underSiege(t: TestContext, memgap: Serving): Promise<void> {
  const port = Number(new URL(memgap.url).port);
  const idle = crowd(t, port, 300, 'GET /-/healthy HTTP/1.1\r\nhost: x\r\n\r\n');
  const half = crowd(t, port, 300, 'GET /-/healthy HTTP/1.1\r\nhost');
  while (idle.connected() < 300 || half.connected() < 300) await new Promise((resolve) => setTimeout(resolve, 10));
  for (let round = 0; round < 20; round += 1) {
    const path = ['/-/healthy', '/-/ready', '/metrics'][round % 3] ?? '';
    const { status } = await memgap.get(path, { connection: 'close' });
    assert.equal(status, 200, path);
  }
}

test('300 idle and 300 half-open connections from the same address shut nobody out', async (t) => {
  const memgap = await serveMemgap(t, self);
  await underSiege(t, memgap);
  assert.ok(((await memgap.metrics()).value('memgap_http_connections') ?? 1000) <= 256);
});

test('nor do they at ulimit -n 64, where reads of targets and of /proc have descriptors left', async (t) => {
  let reads = 0;
  const target = createServer((_, response) => {
    reads += 1;
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(target, 'listening');
  t.after(() => {
    target.close();
    target.closeAllConnections();
  });
  const { port } = target.address() as AddressInfo;
  const args = [
    '--target.name=t',
    `--target.pid=${process.pid}`,
    `--target.expvar=http://127.0.0.1:${port}/debug/vars`,
    '--poll.interval=1s',
  ];
  const memgap = await serveMemgap(t, [...args, '--poll.timeout=1s'], 'ulimit -n 64');
  await underSiege(t, memgap);
  const before = reads;
  while (reads < before + 2) await new Promise((resolve) => setTimeout(resolve, 50)); // it is asked on its beat, the crowd still there
  const metrics = await memgap.metrics();
  assert.ok((metrics.value('memgap_http_connections_limit') ?? 64) < 16);
  assert.ok(readdirSync(`/proc/${memgap.pid}/fd`).length < 64 - 8);
  for (const reason of Object.keys(metrics.by('memgap_source_errors_total', 'reason')))
    assert.ok(reason !== 'exhausted' && reason !== 'unreachable', reason);
});

test('a head that does not come is waited for by seconds', async (t) => {
  const memgap = await serveMemgap(t, self);
  const socket = connect(Number(new URL(memgap.url).port), '127.0.0.1');
  socket.write('GET /-/healthy HTTP/1.1\r\nhost');
  const [reply] = await once(socket, 'data');
  assert.match(String(reply), /^HTTP\/1\.1 408 /);
  await once(socket, 'close');
  assert.equal((await memgap.metrics()).value('memgap_http_connections_closed_total', { reason: 'slow_request' }), 1);
});
