import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startChild } from '../../scripts/child.ts';
import { type Serving, serveMemgap, until } from './memgap.ts';

const self = [`--target.pid=${process.pid}`];

type Shape = 'silent' | 'half' | 'dripping' | 'idle' | 'asking' | 'unreading';

/** So many connections of each shape, until the test ends. */
async function crowd(t: TestContext, memgap: Serving, count: number, pause: number, ...shapes: readonly Shape[]): Promise<void> {
  const args = [...process.execArgv.filter((arg) => !arg.startsWith('--test')), join(import.meta.dirname, 'crowd.ts')];
  const child = await startChild('crowd', process.execPath, [...args, new URL(memgap.url).port, `${count}`, `${pause}`, ...shapes]);
  t.after(() => child.stop());
  await until(() => {
    if (child.ended() !== undefined) throw new Error(`crowd: ${child.ended()}\n${child.lines().join('\n')}`);
    return child.lines().includes('crowded');
  });
}

/** What kubelet's probes and a scrape from the crowd's own address get, each on a connection of its own. */
async function askedOften(memgap: Serving): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const path = ['/-/healthy', '/-/ready', '/metrics'][round % 3] ?? '';
    const { status } = await memgap.get(path, { connection: 'close' });
    assert.equal(status, 200, path);
  }
}

test('300 idle and 300 half-open connections from the same address shut nobody out', async (t) => {
  const memgap = await serveMemgap(t, self);
  await crowd(t, memgap, 300, 250, 'idle', 'half');
  await askedOften(memgap);
  assert.ok(((await memgap.metrics()).value('memgap_http_connections') ?? 1000) <= 256);
});

for (const files of [1024, 64]) {
  const shapes = ['silent', 'dripping', 'asking', 'unreading'] as const;
  test(`at ulimit -n ${files} nor do ${shapes.join(', ')} ones that come again at once`, async (t) => {
    const memgap = await serveMemgap(t, self, `ulimit -n ${files}`);
    await crowd(t, memgap, 75, 0, ...shapes);
    await askedOften(memgap);
  });
}

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
  await crowd(t, memgap, 300, 250, 'idle', 'half');
  await askedOften(memgap);
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
