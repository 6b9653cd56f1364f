import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { answering, loopbackOf, parseListeners, socketName } from '../../src/discovery/listeners.ts';
import { readListeners } from '../../src/discovery/read-listeners.ts';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const rest = '00000000:00000000 00:00000000 00000000     0        0';
const v4 = `${head}
   0: 0100007F:17AC 00000000:0000 0A ${rest} 101 1 0 100 0 0 10 0
   1: 00000000:17AC 00000000:0000 0A ${rest} 102 1 0 100 0 0 10 0
   2: 0100007F:17AC 0100007F:D431 01 ${rest} 103 1 0 20 4 30 10 -1
   3: 0500000A:17AC 00000000:0000 0A ${rest} 104 1 0 100 0 0 10 0
`;
const v6 = `${head}
   0: 00000000000000000000000001000000:17AC 00000000000000000000000000000000:0000 0A ${rest} 201 1
   1: 00000000000000000000000000000000:17AC 00000000000000000000000000000000:0000 0A ${rest} 202 1
   2: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A ${rest} 203 1
`;

test('listening sockets only, with address, port and inode', () => {
  assert.deepEqual(parseListeners(v4), [
    { address: '127.0.0.1', port: 6060, inode: '101', uid: 0 },
    { address: '0.0.0.0', port: 6060, inode: '102', uid: 0 },
    { address: '10.0.0.5', port: 6060, inode: '104', uid: 0 },
  ]);
  assert.deepEqual(parseListeners(v6), [
    { address: '::1', port: 6060, inode: '201', uid: 0 },
    { address: '::', port: 6060, inode: '202', uid: 0 },
    { address: '127.0.0.1', port: 8080, inode: '203', uid: 0 },
  ]);
});

test('the socket bound to the address answers before one bound to all, and another address does not', () => {
  const all = [...parseListeners(v4), ...parseListeners(v6)];
  const inodes = (host: string, from = all) => answering(from, { host, port: 6060 }).map(({ inode }) => inode);

  assert.deepEqual(inodes('127.0.0.1'), ['101']);
  assert.deepEqual(inodes('127.0.0.2'), ['102']);
  assert.deepEqual(inodes('::1'), ['201']);
  assert.deepEqual(inodes('localhost'), ['101', '102', '201', '202']);
  assert.deepEqual(
    inodes(
      '127.0.0.1',
      all.filter(({ inode }) => inode === '202'),
    ),
    ['202'],
  );
  assert.deepEqual(
    inodes(
      '127.0.0.1',
      all.filter(({ inode }) => inode === '104'),
    ),
    [],
  );
});

test('only addresses of this machine itself are loopback, however they are written', () => {
  assert.deepEqual(loopbackOf('http://127.0.0.1:6060/debug/pprof'), { host: '127.0.0.1', port: 6060 });
  assert.deepEqual(loopbackOf('http://localhost/'), { host: 'localhost', port: 80 });
  assert.deepEqual(loopbackOf('https://[::1]/'), { host: '::1', port: 443 });
  assert.deepEqual(loopbackOf('http://127.1:99/'), { host: '127.0.0.1', port: 99 });
  for (const url of [
    'http://10.0.0.1/',
    'http://128.0.0.1/',
    'http://[::2]/',
    'http://localhost.example/',
    'http://127.0.0.1.example/',
    'http://operator/',
  ]) {
    assert.equal(loopbackOf(url), undefined, url);
  }
});

test('every socket that listens here is read, among connections and without a walk over them', async (t) => {
  const servers = Array.from({ length: 40 }, (_, index) => createServer().listen(0, index % 2 === 0 ? '127.0.0.1' : '::1'));
  t.after(() => {
    for (const server of servers) server.close();
  });
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => Object(server.address()).port);
  const client = connect(ports[0]);
  t.after(() => client.destroy());
  await once(client, 'connect');
  const seen = readListeners();
  assert.ok(seen.ok);
  const all = ['tcp', 'tcp6'].flatMap((name) => parseListeners(readFileSync(`/proc/self/net/${name}`, 'latin1')));
  const own = (listeners: ReturnType<typeof parseListeners>) => listeners.filter(({ port }) => ports.includes(port)).map(socketName);
  assert.equal(own(seen.value).length, ports.length);
  assert.deepEqual(own(seen.value), own(all));
});

test('no text makes the parser throw', () => {
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseListeners(text))));
});
