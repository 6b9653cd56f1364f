import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Pool } from 'undici';
import { freePort } from '../../scripts/child.ts';
import { countedConnect } from '../../src/net/counted-connect.ts';
import { refusalOfError } from '../../src/net/refusals.ts';

test('connections to targets stay within their share, and what is above it is exhausted, in words, until one ends', async (t) => {
  const server = createServer((_, response) => void response.end('x')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connect = countedConnect({}, new Set(), 2);
  const pools = Array.from({ length: 3 }, () => new Pool(`http://127.0.0.1:${port}`, { connect, connections: 1 }));
  t.after(async () => {
    await Promise.all(pools.map((pool) => pool.destroy()));
    server.close();
    server.closeAllConnections();
  });
  const [one, two, three] = pools;
  assert.ok(one !== undefined && two !== undefined && three !== undefined);
  const get = async (pool: Pool) => (await pool.request({ path: '/', method: 'GET' })).body.text();
  assert.deepEqual(await Promise.all([get(one), get(two)]), ['x', 'x']);
  const refused = await get(three).catch(refusalOfError);
  assert.ok(typeof refused === 'object' && !refused.ok);
  assert.equal(refused.reason, 'exhausted');
  assert.match(refused.detail, /^EMFILE: memgap's own limit of open files is reached: raise it/);

  await one.destroy();
  assert.equal(await get(three), 'x');
});

test('a connection that never came about is counted no longer', async (t) => {
  const connect = countedConnect({}, new Set(), 1);
  const pool = new Pool(`http://127.0.0.1:${await freePort()}`, { connect });
  t.after(() => pool.destroy());
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await assert.rejects(pool.request({ path: '/', method: 'GET' }), { code: 'ECONNREFUSED' });
  }
});
