import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { freePort } from '../../scripts/child.ts';
import type { Endpoint } from '../../src/model/target.ts';
import { bytes } from '../../src/model/units.ts';
import { closeEndpoint } from '../../src/net/connections.ts';
import { type FetchOptions, fetchBody } from '../../src/net/fetch-body.ts';
import { endpointOf, fullBacklog, serve, serveRaw } from './loopback.ts';

const mib = 1024 * 1024;

async function get(endpoint: Endpoint, path = '', options: Partial<FetchOptions> = {}) {
  const chunks: Buffer[] = [];
  const onChunk = (chunk: Buffer) => {
    chunks.push(Buffer.from(chunk));
    return true;
  };
  const reading = await fetchBody(endpoint, path, { accept: 'text/plain', signal: AbortSignal.timeout(20_000), onChunk, ...options });
  return { reading, text: Buffer.concat(chunks).toString() };
}

async function assertMissing(endpoint: Endpoint, reason: string, detail: RegExp, options: Partial<FetchOptions> = {}) {
  const { reading } = await get(endpoint, '', options);
  assert.equal(!reading.ok && reading.reason, reason, JSON.stringify(reading));
  assert.match(reading.ok ? '' : reading.detail, detail);
  assert.match(reading.ok ? '' : reading.detail, /^GET (http|unix):/);
}

function answering(t: TestContext, status: number, headers: Record<string, string> = {}, body = 'no') {
  return serve(t, (_, response) => response.writeHead(status, headers).end(body));
}

test('a body comes whole, with its length and type, and the request asks for no compression', async (t) => {
  const seen: unknown[] = [];
  const server = await serve(t, (request, response) => {
    seen.push(request.url, request.headers.accept, request.headers['accept-encoding'], request.headers['user-agent'], request.headers.host);
    response.writeHead(200, { 'content-type': 'text/plain' }).write('hello ');
    setImmediate(() => response.end('world'));
  });
  const { reading, text } = await get(server.endpoint({ url: `${server.url}/debug/pprof/` }), '/heap?debug=1');
  assert.deepEqual(reading, { ok: true, value: { bytes: 11, contentType: 'text/plain' } });
  assert.equal(text, 'hello world');
  assert.deepEqual(seen, ['/debug/pprof/heap?debug=1', 'text/plain', 'identity', 'memgap', `127.0.0.1:${server.port}`]);
});

test('each refusing status has its reason', async (t) => {
  for (const [status, reason, detail] of [
    [401, 'unauthorized', /HTTP 401; set basic_auth/],
    [403, 'unauthorized', /HTTP 403/],
    [404, 'not-found', /HTTP 404; check the path/],
    [405, 'unsupported', /HTTP 405/],
    [410, 'gone', /HTTP 410/],
    [429, 'unreachable', /HTTP 429/],
    [500, 'unreachable', /HTTP 500/],
    [503, 'unreachable', /HTTP 503/],
    [304, 'unsupported', /HTTP 304/],
    [999, 'malformed', /HTTP 999/],
  ] as const) {
    const server = await answering(t, status);
    await assertMissing(server.endpoint(), reason, detail);
  }
});

test('a server may have advice of its own for a status, and the usual one for the others', async (t) => {
  const options = { advice: { 401: 'another token' } };
  await assertMissing((await answering(t, 401)).endpoint(), 'unauthorized', /HTTP 401; another token$/, options);
  await assertMissing((await answering(t, 404)).endpoint(), 'not-found', /HTTP 404; check the path$/, options);
});

test('a redirect is not followed, and its target is named without query and user info', async (t) => {
  let asked = 0;
  const target = await serve(t, (_, response) => {
    asked += 1;
    response.end('secret');
  });
  const to = `http://user:hunter2@127.0.0.1:${target.port}/login?token=hunter2#hunter2`;
  for (const status of [301, 302, 307, 308]) {
    const server = await answering(t, status, { location: to });
    const { reading } = await get(server.endpoint());
    assert.equal(!reading.ok && reading.reason, 'unsupported');
    assert.match(
      reading.ok ? '' : reading.detail,
      new RegExp(`HTTP ${status} to http://127.0.0.1:${target.port}/login; .*configure the final URL`),
    );
    assert.doesNotMatch(JSON.stringify(reading), /hunter2|user/);
  }
  const relative = await answering(t, 301, { location: '/debug/\u00e9\u009bvars/' });
  await assertMissing(relative.endpoint(), 'unsupported', /to http:\/\/127[^\u0080-\u009f]*vars/);
  const odd = await answering(t, 301, { location: 'http://[' });
  await assertMissing(odd.endpoint(), 'unsupported', /an address that is none/);
  assert.equal(asked, 0);
});

test('nobody listens', async (t) => {
  await assertMissing(endpointOf(t, `http://127.0.0.1:${await freePort()}`), 'unreachable', /ECONNREFUSED/);
  await assertMissing(
    endpointOf(t, 'http://localhost', { socketPath: '/nonexistent/memgap.sock' }),
    'unreachable',
    /unix:\/nonexistent.*ENOENT/,
  );
});

test('a server that accepts and says nothing is a timeout, by the deadline and by the headers timeout', async (t) => {
  const server = await serveRaw(t, () => {});
  await assertMissing(server.endpoint(), 'timeout', /before the headers came/, { signal: AbortSignal.timeout(2000) });
  await assertMissing(server.endpoint(), 'timeout', /HEADERS_TIMEOUT/, { headersTimeout: 50 });
});

test('a server that stops within the body is a timeout, and its connection is cut', async (t) => {
  let cut: Promise<unknown> | undefined;
  const server = await serve(t, (request, response) => {
    cut = once(request.socket, 'close');
    response.write('half');
  });
  await assertMissing(server.endpoint(), 'timeout', /after 4 B of the body/, { signal: AbortSignal.timeout(2000) });
  await cut;
  await assertMissing(server.endpoint(), 'timeout', /BODY_TIMEOUT after 4 B/, { bodyTimeout: 50 });
});

test('a signal that was aborted before sends nothing', async (t) => {
  let asked = 0;
  const server = await serve(t, (_, response) => {
    asked += 1;
    response.end();
  });
  await assertMissing(server.endpoint(), 'timeout', /while connecting/, { signal: AbortSignal.abort() });
  await get(server.endpoint());
  assert.equal(asked, 1);
});

test('nothing reaches the consumer after the deadline', async (t) => {
  const server = await serve(t, (_, response) => {
    const timer = setInterval(() => response.write('x'.repeat(1000)), 1);
    response.on('close', () => clearInterval(timer));
  });
  const abort = new AbortController();
  let chunks = 0;
  const onChunk = () => {
    chunks += 1;
    if (chunks === 3) abort.abort();
    return true;
  };
  await assertMissing(server.endpoint(), 'timeout', /of the body/, { signal: abort.signal, onChunk });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(chunks, 3);
});

test('a connection that is reset halfway is unreachable', async (t) => {
  const withLength = await serveRaw(t, (socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', () => socket.resetAndDestroy()));
  });
  await assertMissing(withLength.endpoint(), 'unreachable', /after 4 B of the body/);
  const ended = await serveRaw(t, (socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'));
  });
  await assertMissing(ended.endpoint(), 'unreachable', /after 4 B of the body/);
});

test('what is no HTTP is malformed', async (t) => {
  const server = await serveRaw(t, (socket) => {
    socket.once('data', () => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
  });
  await assertMissing(server.endpoint(), 'malformed', /not HTTP\/1\.1/);
  const first = await serveRaw(t, (socket) => void socket.write('220 mail ESMTP\r\n')); // speaks before it is asked
  await assertMissing(first.endpoint(), 'malformed', /not HTTP/);
});

test('headers without end are too large', async (t) => {
  const server = await serveRaw(t, (socket) => {
    socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`));
  });
  await assertMissing(server.endpoint(), 'too-large', /UND_ERR_HEADERS_OVERFLOW/);
});

test('a compressed answer is unsupported', async (t) => {
  const server = await serve(t, (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('hello')));
  await assertMissing(server.endpoint(), 'unsupported', /compressed \(gzip\)/);
  const identity = await answering(t, 200, { 'content-encoding': 'Identity' }, 'hello');
  assert.equal((await get(identity.endpoint())).text, 'hello');
});

/** Sends a GiB as fast as it is taken, and counts what it could hand to the socket. */
function flood(sent: { bytes: number }): RequestListener {
  const block = Buffer.alloc(64 * 1024, 'x');
  return (_, response) => {
    function more() {
      while (sent.bytes < 1024 * mib && !response.destroyed) {
        sent.bytes += block.length;
        if (!response.write(block)) return;
      }
      response.end();
    }
    response.on('drain', more);
    more();
  };
}

for (const cap of [mib, 64 * mib]) {
  test(`a body of 1 GiB is cut at ${cap / mib} MiB, and is never held`, async (t) => {
    const sent = { bytes: 0 };
    const server = await serve(t, flood(sent));
    const before = process.memoryUsage().rss;
    let most = 0;
    let taken = 0;
    const onChunk = (chunk: Buffer) => {
      taken += chunk.length;
      most = Math.max(most, process.memoryUsage().rss);
      return true;
    };
    await assertMissing(server.endpoint({ bodySizeLimit: bytes(cap) }), 'too-large', /longer than (1\.00|64\.0) MiB/, { onChunk });
    assert.ok(taken <= cap, `${taken} bytes came to the consumer`);
    assert.ok(sent.bytes < cap + 32 * mib, `${sent.bytes} bytes were sent`); // what sockets buffer
    assert.ok(most - before < 96 * mib, `memory grew by ${(most - before) / mib} MiB`);
  });
}

test('a content-length over the cap is refused before the body', async (t) => {
  const server = await serve(t, (_, response) => response.writeHead(200, { 'content-length': String(2 * mib) }).write('x'));
  const onChunk = () => assert.fail('the body was read');
  await assertMissing(server.endpoint(), 'too-large', /longer than 1\.00 MiB/, { limit: bytes(mib), onChunk });
  const exact = await answering(t, 200, {}, 'x'.repeat(100));
  assert.equal((await get(exact.endpoint({ bodySizeLimit: bytes(100) }))).text.length, 100);
  await assertMissing(exact.endpoint({ bodySizeLimit: bytes(99) }), 'too-large', /longer than 99 B/);
});

test('a unix socket', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const socketPath = join(folder, 'op.sock');
  const server = createServer((request, response) => response.end(`${request.headers.host}${request.url}`));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  t.after(() => server.close());
  const endpoint = endpointOf(t, 'http://localhost/debug/vars', { socketPath });
  assert.equal((await get(endpoint)).text, 'localhost/debug/vars');
  server.closeAllConnections();
});

test('one that hangs does not hold up another of the same endpoint', async (t) => {
  const server = await serve(t, (request, response) => (request.url === '/hang' ? undefined : response.end('quick')));
  const endpoint = server.endpoint();
  const abort = new AbortController();
  const hanging = get(endpoint, '/hang', { signal: abort.signal });
  assert.equal((await get(endpoint, '/quick')).text, 'quick');
  abort.abort();
  assert.equal((await hanging).reading.ok, false);
});

test('10 000 requests share two connections at most, and refused ones leave none open', async (t) => {
  let opened = 0;
  let open = 0;
  const seen = new WeakSet();
  const server = await serve(t, ({ socket, url }, response) => {
    if (!seen.has(socket)) {
      seen.add(socket);
      opened += 1;
      open += 1;
      socket.once('close', () => {
        open -= 1;
      });
    }
    response.writeHead(url === '/missing' ? 404 : 200).end('x');
  });
  const endpoint = server.endpoint();
  const { signal } = new AbortController();
  const options = { accept: '*/*', signal, onChunk: () => true };
  for (let index = 0; index < 10_000; index += 1) assert.ok((await fetchBody(endpoint, '/x', options)).ok);
  assert.ok(opened <= 2, `${opened} connections for 10 000 requests`);
  for (let index = 0; index < 100; index += 1) assert.equal((await fetchBody(endpoint, '/missing', options)).ok, false);
  assert.ok(open <= 2, `${open} connections are open`);
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
  await closeEndpoint(endpoint);
  while (open > 0) await new Promise(setImmediate);
});

test('to close an endpoint ends what runs on it, and it can be used again', async (t) => {
  const server = await serve(t, (request, response) => (request.url === '/hang' ? undefined : response.end('again')));
  const endpoint = server.endpoint();
  const hanging = get(endpoint, '/hang');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await closeEndpoint(endpoint);
  const { reading } = await hanging;
  assert.equal(!reading.ok && reading.reason, 'unreachable', JSON.stringify(reading));
  assert.equal((await get(endpoint)).text, 'again');
});

test('a connection that is not there yet ends with its endpoint, and holds nobody up', async (t) => {
  const endpoint = endpointOf(t, `http://127.0.0.1:${await fullBacklog(t)}`);
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const before = sockets();
  await assertMissing(endpoint, 'timeout', /while connecting/, { signal: AbortSignal.timeout(100) });
  assert.equal(sockets(), before + 1);

  await closeEndpoint(endpoint);
  for (let turns = 0; turns < 3; turns += 1) await turn();

  assert.equal(sockets(), before);
});
