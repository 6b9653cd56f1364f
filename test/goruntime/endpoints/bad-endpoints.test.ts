import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { freePort } from '../../../scripts/child.ts';
import { expvar } from '../../../src/goruntime/endpoints/expvar.ts';
import { goMetrics } from '../../../src/goruntime/endpoints/go-metrics.ts';
import { pprofHeap } from '../../../src/goruntime/endpoints/pprof-heap.ts';
import { pprofIndex } from '../../../src/goruntime/endpoints/pprof-index.ts';
import type { Reading } from '../../../src/model/reading.ts';
import type { Endpoint } from '../../../src/model/target.ts';
import { bytes } from '../../../src/model/units.ts';
import { endpointOf, serve } from '../../net/loopback.ts';
import { sample } from './samples.ts';

const sources = [
  { source: pprofHeap, base: '/debug/pprof', asks: '/debug/pprof/heap?debug=1', page: sample('lab-1.27-pure/heap_debug1.txt') },
  { source: expvar, base: '/debug/vars', asks: '/debug/vars', page: sample('lab-1.27-pure/vars.json') },
  { source: goMetrics, base: '/metrics', asks: '/metrics', page: sample('caddy_2.11/metrics.txt') },
  { source: pprofIndex, base: '/debug/pprof', asks: '/debug/pprof/', page: sample('lab-1.27-pure/pprof_index.html') },
] as const;

type Answer = (response: ServerResponse, page: string) => void;

/** Lets each source read an endpoint that answers so. */
async function eachReads(
  t: TestContext,
  answer: Answer,
  judge: (reading: Reading<unknown>, name: string) => void,
  more: Partial<Endpoint> = {},
) {
  for (const { source, base, page } of sources) {
    const server = await serve(t, (_, response) => answer(response, page));
    const endpoint = server.endpoint({ url: server.url + base, ...more });
    judge(await source.read(endpoint, AbortSignal.timeout(5000)), source.name);
  }
}

function refused(reason: string, detail = /./) {
  return (reading: Reading<unknown>, name: string) => {
    assert.equal(!reading.ok && reading.reason, reason, `${name}: ${JSON.stringify(reading)}`);
    assert.match(reading.ok ? '' : reading.detail, detail);
    assert.match(reading.ok ? '' : reading.detail, /^GET http:\/\/127\.0\.0\.1:\d+\/(debug|metrics)/);
  };
}

test('each source asks for its own path, with or without a slash at the end of the base', async (t) => {
  for (const { source, base, asks, page } of sources) {
    const asked: unknown[] = [];
    const server = await serve(t, (request, response) => {
      asked.push(request.url);
      response.end(page);
    });
    const reading = await source.read(server.endpoint({ url: server.url + base }), AbortSignal.timeout(5000));
    assert.ok(reading.ok, JSON.stringify(reading));
    if (base === '/debug/pprof') await source.read(server.endpoint({ url: `${server.url}${base}/` }), AbortSignal.timeout(5000));
    assert.deepEqual([...new Set(asked)], [asks]);
  }
});

test('a dead port', async (t) => {
  const port = await freePort();
  for (const { source, base } of sources) {
    const endpoint = endpointOf(t, `http://127.0.0.1:${port}${base}`);
    refused('unreachable', /ECONNREFUSED: nobody listens there/)(await source.read(endpoint, AbortSignal.timeout(5000)), source.name);
  }
});

test('an endpoint that hangs, before its headers or within its body', async (t) => {
  for (const answer of [() => {}, (response: ServerResponse, page: string) => response.write(page.slice(0, 100))]) {
    for (const { source, base, page } of sources) {
      const server = await serve(t, (_, response) => void answer(response, page));
      const reading = await source.read(server.endpoint({ url: server.url + base }), AbortSignal.timeout(200));
      refused('timeout', /deadline/)(reading, source.name);
    }
  }
});

test('a connection that is cut halfway', async (t) => {
  await eachReads(
    t,
    (response, page) => response.write(page.slice(0, 500), () => response.socket?.resetAndDestroy()),
    refused('unreachable'),
  );
});

test('statuses, a redirect and compression', async (t) => {
  await eachReads(t, (response) => response.writeHead(401).end(), refused('unauthorized', /basic_auth or authorization/));
  await eachReads(t, (response) => response.writeHead(403).end(), refused('unauthorized'));
  await eachReads(t, (response) => response.writeHead(404).end(), refused('not-found', /check the path/));
  await eachReads(t, (response, page) => response.writeHead(500).end(page), refused('unreachable', /HTTP 500/));
  await eachReads(t, (response) => response.writeHead(302, { location: '/login?t=1' }).end(), refused('unsupported', /\/login; /));
  await eachReads(
    t,
    (response, page) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(page)),
    refused('unsupported', /gzip/),
  );
});

test('a page of HTML, with its type in the detail', async (t) => {
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  const answer: Answer = (response) => response.writeHead(200, headers).end('<!DOCTYPE html>\n<html><body>Sign in</body></html>\n');
  await eachReads(t, answer, refused('malformed', /\(\d+ bytes, text\/html; charset=utf-8\)$/));
});

test('an answer that ends early although HTTP says it is whole', async (t) => {
  await eachReads(
    t,
    (response, page) => response.end(page.slice(0, 300)),
    (reading, name) => {
      const reason = name === 'metrics' ? 'unsupported' : 'malformed';
      refused(reason)(reading, name);
    },
  );
});

test('a body over the cap', async (t) => {
  const answer: Answer = (response) => {
    const timer = setInterval(() => response.write('x'.repeat(100_000)), 1);
    response.on('close', () => clearInterval(timer));
  };
  const judge = (reading: Reading<unknown>, name: string) => {
    refused('too-large', name === 'pprof_index' ? /longer than 64\.0 KiB$/ : /1\.00 MiB; raise body_size_limit/)(reading, name);
  };
  await eachReads(t, answer, judge, { bodySizeLimit: bytes(1024 * 1024) });
});

test('many endpoints at once, and bad ones among them, do not disturb each other', async (t) => {
  const server = await serve(t, (request, response) => {
    const { page } = sources.find(({ asks }) => request.url?.endsWith(asks)) ?? { page: '' };
    const cut = request.url?.startsWith('/bad') ? page.slice(0, 1500) : page;
    response.write(cut.slice(0, 700));
    setImmediate(() => response.end(cut.slice(700)));
  });
  const reads: Promise<unknown>[] = [];
  for (let index = 0; index < 40; index += 1) {
    for (const { source, base } of sources) {
      const bad = index % 3 === 0 && source !== pprofIndex;
      const endpoint = server.endpoint({ url: `${server.url}${bad ? '/bad' : ''}${base}` });
      const read = Promise.resolve(source.read(endpoint, AbortSignal.timeout(10_000)));
      reads.push(read.then((reading) => assert.equal(reading.ok, !bad, JSON.stringify(reading))));
    }
  }
  await Promise.all(reads);
});
