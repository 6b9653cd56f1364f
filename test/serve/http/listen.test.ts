import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { freePort } from '../../../scripts/child.ts';
import { type ListenAddress, type Listening, listen, parseListenAddress, parseListenAddresses } from '../../../src/serve/http/listen.ts';
import { fullSnapshot, stateOf } from '../metrics/states.ts';
import { served } from './served.ts';

const loopback = '127.0.0.1:0';

function addressesOf(...texts: readonly string[]): readonly ListenAddress[] {
  const addresses = parseListenAddresses(texts);
  if ('message' in addresses) throw new assert.AssertionError({ message: addresses.message });
  return addresses;
}

test('addresses are read as Prometheus spells them', () => {
  assert.deepEqual(parseListenAddress(':9779'), { host: undefined, port: 9779 });
  assert.deepEqual(parseListenAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
  assert.deepEqual(parseListenAddress('[::1]:9779'), { host: '::1', port: 9779 });
  assert.deepEqual(parseListenAddress('localhost:65535'), { host: 'localhost', port: 65535 });
  for (const bad of ['', '9779', ':', ':65536', '::1:9779', '[::1]', 'http://127.0.0.1:9779', '127.0.0.1:97x', 'a b:1']) {
    assert.equal(parseListenAddress(bad), undefined, bad);
  }
});

test('two addresses serve the same pages, and both end together', async (t) => {
  const listening = await started([loopback, loopback], t);
  assert.equal(new Set(listening.addresses).size, 2);
  for (const address of listening.addresses) {
    const { status, body } = await get(`http://${address}/metrics`);
    assert.equal(status, 200);
    assert.match(body.toString(), /memgap_target_up\{target="operator"\} 1/);
  }
  await listening.close();
  for (const address of listening.addresses) await assert.rejects(get(`http://${address}/metrics`), { code: 'ECONNREFUSED' });
});

test('an IPv6 address is served beside an IPv4 one', async (t) => {
  const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
  if (!hasIpv6) return t.skip('this machine has no ::1');
  const listening = await started(['[::1]:0', loopback], t);
  assert.match(listening.addresses[0] ?? '', /^\[::1\]:\d+$/);
  for (const address of listening.addresses) assert.equal((await get(`http://${address}/-/ready`)).status, 200);
});

test('a connection is kept for the next request, on every address', async (t) => {
  const listening = await started([loopback, loopback], t);
  for (const address of listening.addresses) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const first = await get(`http://${address}/-/ready`, { agent });
    const second = await get(`http://${address}/-/ready`, { agent });
    assert.equal(first.reused, false);
    assert.equal(second.reused, true);
  }
});

test('HEAD has the length of the body and no body, compressed or not', async (t) => {
  const [address] = (await started([loopback], t)).addresses;
  for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
    const url = `http://${address}/probe?target=operator`;
    const whole = await get(url, { headers });
    const head = await get(url, { method: 'HEAD', headers });
    assert.equal(head.body.length, 0);
    assert.equal(head.headers['content-length'], String(whole.body.length));
    assert.equal(head.headers['content-encoding'], whole.headers['content-encoding']);
  }
});

test('gzip over a real socket gives the same page', async (t) => {
  const [address] = (await started([loopback], t)).addresses;
  const plain = await get(`http://${address}/probe?target=operator`);
  const packed = await get(`http://${address}/probe?target=operator`, { headers: { 'accept-encoding': 'gzip' } });
  assert.ok(packed.body.length < plain.body.length / 3);
  assert.equal(gunzipSync(packed.body).toString(), plain.body.toString());
});

test('a port in use is told with what to do, and the address before it is free again', async (t) => {
  const occupant = createTcpServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  t.after(() => occupant.close());
  const bound = occupant.address();
  assert.ok(bound !== null && typeof bound === 'object');
  const free = await freePort();

  const result = await listen(served([]), addressesOf(`127.0.0.1:${free}`, `127.0.0.1:${bound.port}`));
  assert.ok(!result.ok);
  assert.match(
    result.problem,
    new RegExp(`^cannot listen on 127\\.0\\.0\\.1:${bound.port}: the port is in use; .* --web\\.listen-address$`),
  );
  await assert.rejects(get(`http://127.0.0.1:${free}/`), { code: 'ECONNREFUSED' });
});

test('an address that is none is told, without the password of a URL', () => {
  for (const [address, got] of [
    ['9779', '9779'],
    ['http://u:secret@127.0.0.1:9779', 'http://***@127.0.0.1:9779'],
    ['u:secret@127.0.0.1:9779', '***@127.0.0.1:9779'],
    ['secret@localhost:9779', '***@localhost:9779'],
  ]) {
    assert.deepEqual(parseListenAddresses([loopback, address ?? '']), {
      message: `--web.listen-address: expected HOST:PORT, [IPV6]:PORT or :PORT, got "${got}"`,
    });
  }
});

test('an address of another machine is told', async () => {
  const result = await listen(served([]), addressesOf('192.0.2.1:0'));
  assert.ok(!result.ok);
  assert.match(result.problem, /^cannot listen on 192\.0\.2\.1:0: this machine has no such address/);
});

test('the end does not wait for idle connections, on any address', async (t) => {
  const listening = await started([loopback, loopback], t);
  const sockets = listening.addresses.map((address) => connect(Number(address.split(':')[1]), '127.0.0.1'));
  for (const socket of sockets) {
    socket.write('GET /-/ready HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
  }
  const ended = Promise.all(sockets.map((socket) => once(socket, 'close')));
  await listening.close(60_000);
  await ended;
});

test('the end waits a second for a head, however long the grace', async (t) => {
  const listening = await started([loopback], t);
  const socket = connect(Number(listening.addresses[0]?.split(':')[1]), '127.0.0.1').on('error', () => {});
  const ended = once(socket, 'close');
  await new Promise((resolve) => socket.write('GET /-/ready HTTP/1.1\r\nhost:', resolve));
  await get(`http://${listening.addresses[0]}/-/ready`); // so that the one before has been accepted
  await listening.close(600_000);
  await ended;
});

test('a request that never ends is cut off after the grace', async (t) => {
  const listening = await started([loopback, loopback], t);
  const sockets = listening.addresses.map((address) => connect(Number(address.split(':')[1]), '127.0.0.1').on('error', () => {}));
  for (const socket of sockets) {
    socket.write('GET /-/ready HTTP/1.1\r\nhost: x\r\n\r\nGET /-/ready HTTP/1.1\r\nhost:');
    await once(socket, 'data');
  }
  const ended = Promise.all(sockets.map((socket) => once(socket, 'close')));
  await listening.close(50);
  await ended;
});

test('what is no HTTP is answered in HTTP, under the same headers, and the connection ends', async (t) => {
  const [address] = (await started([loopback], t)).addresses;
  for (const [bytes, status] of [
    ['nonsense\r\n\r\n', '400 Bad Request'],
    [`GET / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, '431 Request Header Fields Too Large'],
  ] as const) {
    const socket = connect(Number(address?.split(':')[1]), '127.0.0.1').on('error', () => {});
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.write(bytes);
    await once(socket, 'close');
    const reply = Buffer.concat(chunks).toString();
    assert.ok(reply.startsWith(`HTTP/1.1 ${status}\r\n`), reply);
    assert.match(reply, /content-security-policy: default-src 'none'/);
  }
});

async function started(addresses: readonly string[], t: { after(end: () => Promise<void>): void }): Promise<Listening> {
  const result = await listen(served([stateOf(fullSnapshot)]), addressesOf(...addresses));
  assert.ok(result.ok);
  t.after(() => result.value.close(0));
  return result.value;
}

interface Got {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
  readonly reused: boolean;
}

function get(url: string, options: { agent?: Agent; method?: string; headers?: Record<string, string> } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, ...options }, async (reply) => {
      const chunks: Buffer[] = [];
      for await (const chunk of reply) chunks.push(chunk);
      resolve({ status: reply.statusCode, headers: reply.headers, body: Buffer.concat(chunks), reused: sent.reusedSocket });
    });
    sent.on('error', reject).end();
  });
}
