import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { admitConnections, type Connections } from '../../../src/serve/http/connections.ts';
import { listen, parseListenAddress } from '../../../src/serve/http/listen.ts';
import { fullSnapshot, stateOf } from '../metrics/states.ts';
import { served, targetsOf } from './served.ts';

const whole = 'GET /-/healthy HTTP/1.1\r\nhost: x\r\n\r\n';
const scrape = 'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n';
const half = 'GET /-/healthy HTTP/1.1\r\nhost';

function opened(t: TestContext, port: number, text = ''): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.resume().write(text);
  t.after(() => socket.destroy());
  return socket;
}

/** What comes back on a connection of its own: the status, or `undefined` where it is closed before. */
async function asked(t: TestContext, port: number, path: string): Promise<string | undefined> {
  const socket = opened(t, port, `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  let reply = '';
  socket.on('data', (chunk: Buffer) => {
    reply += chunk.toString('latin1');
  });
  await once(socket, 'close');
  return /^HTTP\/1\.1 (\d+)/.exec(reply)?.[1];
}

async function crowded(t: TestContext) {
  const addresses = ['127.0.0.1:0', '127.0.0.1:0'].flatMap((text) => parseListenAddress(text) ?? []);
  const result = await listen(served([stateOf(fullSnapshot)]), addresses);
  assert.ok(result.ok);
  t.after(() => result.value.close(0));
  return result.value.addresses.map((address) => Number(address.split(':')[1]));
}

test('probes and scrapes get through a crowd that is there and one that comes with them, by two addresses, and the scraper keeps its connection', async (t) => {
  const [one = 0, two = 0] = await crowded(t);
  const scraper = opened(t, one, 'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(scraper, 'data');
  let lost = false;
  scraper.on('close', () => {
    lost = true;
  });
  for (let wave = 0; wave < 3; wave += 1) {
    const crowd = Array.from({ length: 200 }, (_, index) => opened(t, index % 2 === 0 ? one : two, index % 4 < 2 ? half : ''));
    const answers = await Promise.all([one, two, one].map((port) => asked(t, port, wave === 1 ? '/metrics' : '/-/healthy')));
    assert.deepEqual(answers, ['200', '200', '200']);
    await Promise.all(crowd.slice(0, 10).map((socket) => socket.connecting && once(socket, 'connect')));
  }
  assert.equal(lost, false);
  const again = once(scraper, 'data');
  scraper.write(whole);
  await again;

  const idle = Array.from({ length: 300 }, () => opened(t, two, whole));
  assert.equal(await asked(t, one, '/-/ready'), '200');
  await once(idle[0] ?? scraper, 'close'); // the longest idle
  assert.equal(await asked(t, two, '/metrics'), '200');
});

interface Small {
  readonly port: number;
  readonly connections: Connections;
}

/** A server of so many descriptors that answers what `answer` says. */
async function small(t: TestContext, descriptors: number, body: string, deadline?: number): Promise<Small> {
  const server: Server = createServer((request, response) => {
    connections.answering(request.socket, body.length, request.url === '/metrics');
    response.end(body);
  });
  const connections = admitConnections(server, descriptors, deadline);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { port, connections };
}

test('with fifteen descriptors, twelve stay and the descriptors always suffice', async (t) => {
  const { port, connections } = await small(t, 15, 'x');
  const sockets = Array.from({ length: 60 }, () => opened(t, port, whole));
  let most = 0;
  for (const socket of sockets) {
    if (!socket.closed && socket.bytesRead === 0) await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    most = Math.max(most, connections.figures().open);
  }
  assert.ok(most <= 15, `${most} were open`);
  assert.equal(await asked(t, port, '/'), '200');
  const { open, limit: room, closed } = connections.figures();
  assert.ok(open <= 15 && room === 12);
  assert.ok((closed.get('client_share') ?? 0) >= 45);
});

test('a connection that says nothing yet is answered when it asks, though others came after it that say nothing, half or all', async (t) => {
  const { port, connections } = await small(t, 40, 'x');
  for (let round = 0; round < 5; round += 1) {
    const quiet = connect(port, '127.0.0.1').on('error', () => {});
    t.after(() => quiet.destroy());
    await once(quiet, 'connect');
    const before = closedBy(connections);
    for (let index = 0; index < 91; index += 1) opened(t, port, ['', half, half, scrape, scrape, scrape, scrape][index % 7]);
    while (closedBy(connections) < before + 50) await new Promise((resolve) => setImmediate(resolve));
    quiet.write(whole);
    const [reply] = await Promise.race([once(quiet, 'data'), once(quiet, 'close')]);
    assert.match(String(reply), /^HTTP\/1\.1 200 /);
  }
});

function closedBy(connections: Connections): number {
  return [...connections.figures().closed.values()].reduce((sum, count) => sum + count, 0);
}

test('an answer that its client does not take is cut off at the deadline, and counted', async (t) => {
  const { port, connections } = await small(t, 100, 'x'.repeat(32 * 1024 * 1024), 50);
  const slow = opened(t, port, whole);
  await once(slow, 'data');
  slow.pause();
  while (connections.figures().closed.get('slow_reader') !== 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(connections.figures().open, 0);
});

test('answers that nobody takes are held up to a sum, and no further', async (t) => {
  const { port, connections } = await small(t, 100, 'x'.repeat(12 * 1024 * 1024));
  for (let index = 0; index < 5; index += 1) {
    const slow = opened(t, port, whole);
    await once(slow, 'data');
    slow.pause();
  }
  assert.deepEqual([...connections.figures().closed], [['unread_answers', 3]]);
  assert.equal(connections.figures().open, 2);
});

test('a thousand requests in one packet make two pages at most, and whoever sends them is closed, with all that waits for him', async (t) => {
  const targets = targetsOf([stateOf(fullSnapshot)]);
  const result = await listen(
    served([], { targets }),
    ['127.0.0.1:0'].flatMap((text) => parseListenAddress(text) ?? []),
  );
  assert.ok(result.ok);
  t.after(() => result.value.close(0));
  const port = Number(result.value.addresses[0]?.split(':')[1]);
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  for (let times = 0; times < 4; times += 1) await once(opened(t, port, scrape.repeat(1000)), 'close');
  const page = await asked(t, port, '/-/healthy');
  assert.equal(page, '200');
  assert.ok(targets.looks() <= 8, String(targets.looks()));
  while (timers() > before + 2) await sleep(10); // those of the last pages; an answer that nobody takes any more holds up no end
});

test('a request whose body does not come holds up no page', async (t) => {
  const [port = 0] = await crowded(t);
  const slow = opened(t, port, 'POST /probe HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\n');
  await once(slow, 'connect');
  await asked(t, port, '/-/healthy'); // its head has been read then
  assert.equal(await asked(t, port, '/probe'), '400');
  assert.equal(slow.closed, false);
});
