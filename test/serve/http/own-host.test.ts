import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import { listen, parseListenAddress } from '../../../src/serve/http/listen.ts';
import { externalHostProblem, ownHost } from '../../../src/serve/http/own-host.ts';
import { fullSnapshot, stateOf } from '../metrics/states.ts';
import { served } from './served.ts';

const operator = stateOf(fullSnapshot);
const pages = [
  '/',
  '/explain',
  '/explain?format=html',
  '/explain?target=operator&format=text',
  '/api/v1/targets',
  '/api/v1/ledger',
  '/no/such',
];
const forAll = ['/metrics', '/probe?target=operator', '/-/healthy', '/-/ready'];

test('pages under a name that is not memgap’s are refused in one line that names the flag; metrics and probes are not', async () => {
  const app = served([operator]);
  for (const host of ['rebound.example', 'rebound.example:9779', '127.0.0.1.nip.io', 'localhost.example', 'a, localhost']) {
    for (const url of pages) {
      for (const method of ['GET', 'HEAD'] as const) {
        const reply = await app.inject({ method, url, headers: { host } });
        assert.equal(reply.statusCode, 421, `${url} at ${host}`);
        assert.match(String(reply.headers['content-security-policy']), /^default-src 'none'/);
        if (method === 'GET') assert.match(reply.body, /^not a host of memgap: .*--web\.external-host.*\n$/);
      }
    }
    for (const url of forAll) assert.equal((await app.inject({ url, headers: { host } })).statusCode, 200, `${url} at ${host}`);
  }
});

test('under its addresses and names all pages answer, whatever the port and the case', async () => {
  const app = served([operator], { externalHosts: ['memgap.shop.svc', 'Memgap.Example:443'] });
  const own = [
    '127.0.0.1',
    '10.1.2.3:9779',
    '[::1]',
    '[fd00::1]:9779',
    'localhost',
    'LOCALHOST:1',
    'x.localhost',
    hostname().toUpperCase(),
  ];
  for (const host of [...own, 'memgap.shop.svc:9779', 'MEMGAP.example']) {
    for (const url of pages) assert.notEqual((await app.inject({ url, headers: { host } })).statusCode, 421, `${url} at ${host}`);
  }
  assert.equal((await app.inject({ url: '/', headers: { host: 'example' } })).statusCode, 421);
});

test('a telemetry path of one’s own answers any host, and /metrics is then no page', async () => {
  const app = served([operator], { telemetryPath: '/m' });
  assert.equal((await app.inject({ url: '/m', headers: { host: 'x.example' } })).statusCode, 200);
  assert.equal((await app.inject({ url: '/metrics', headers: { host: 'x.example' } })).statusCode, 421);
});

test('the host of an absolute target counts, every one of several headers does, and HTTP/1.0 may leave it out', async (t) => {
  const result = await listen(
    served([operator]),
    ['127.0.0.1:0'].flatMap((text) => parseListenAddress(text) ?? []),
  );
  assert.ok(result.ok);
  t.after(() => result.value.close(0));
  const port = Number(result.value.addresses[0]?.split(':')[1]);
  for (const [head, status] of [
    ['GET / HTTP/1.1\r\nhost: localhost\r\n', 200],
    ['GET http://localhost/ HTTP/1.1\r\nhost: localhost\r\n', 200],
    ['GET http://rebound.example/ HTTP/1.1\r\nhost: localhost\r\n', 421],
    ['GET HTTPS://rebound.example/explain HTTP/1.1\r\nhost: localhost\r\n', 421],
    ['GET http://localhost/ HTTP/1.1\r\nhost: rebound.example\r\n', 421],
    ['GET http://rebound.example/metrics HTTP/1.1\r\nhost: rebound.example\r\n', 200],
    ['GET / HTTP/1.1\r\nhost: localhost\r\nHost: rebound.example\r\n', 421],
    ['GET / HTTP/1.1\r\nhost: localhost\r\nHost: localhost\r\n', 421],
    ['GET / HTTP/1.1\r\nx-a: host\r\nhost: localhost\r\n', 200],
    ['GET / HTTP/1.1\r\nhost:\r\n', 421],
    ['GET / HTTP/1.1\r\n', 400], // node's own
    ['GET / HTTP/1.0\r\n', 200],
    ['GET / HTTP/1.0\r\nhost: rebound.example\r\n', 421],
  ] as const) {
    const socket = connect(port, '127.0.0.1');
    let reply = '';
    socket.on('data', (chunk: Buffer) => {
      reply += chunk.toString('latin1');
    });
    socket.write(`${head}connection: close\r\n\r\n`);
    await once(socket, 'close');
    assert.equal(/^HTTP\/1\.1 (\d+)/.exec(reply)?.[1], String(status), head);
  }
});

test('no name that is none of memgap’s own passes, however it is written', () => {
  const own = ownHost(['memgap.example'], 'node-1');
  const label = fc.stringMatching(/^[A-Za-z\d-]{1,12}$/);
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), fc.option(fc.nat(65_535)), (labels, port) => {
      const name = labels.join('.');
      const known = ['localhost', 'memgap.example', 'node-1'].includes(name.toLowerCase()) || /\.localhost$/i.test(name);
      fc.pre(!known && !/^[\d.]+$/.test(name));
      assert.equal(own(port === null ? name : `${name}:${port}`), false);
    }),
  );
  for (const host of ['node-1', 'NODE-1:9779', 'memgap.example', '1.2.3.4', '[::ffff:1.2.3.4]']) assert.equal(own(host), true, host);
  for (const host of ['::1', '[evil]', '[::1', 'memgap.example.', 'user@memgap.example', 'memgap.example/', '1.2.3', '0x7f.1', ':9779', ''])
    assert.equal(own(host), false, host);
});

test('a value of --web.external-host that could never be a host is told', () => {
  for (const good of ['memgap', 'memgap.example.org', 'MEMGAP.example.org:443', 'my_host'])
    assert.equal(externalHostProblem(good), undefined);
  for (const bad of ['', 'http://memgap.example', '*.example', 'a b', 'a/b', 'ü.example', 'a..b', '\x1b[31m']) {
    const problem = externalHostProblem(bad) ?? '';
    assert.match(problem, /^--web\.external-host: expected a host name/, bad);
    assert.ok(!problem.includes('\x1b'));
  }
});
