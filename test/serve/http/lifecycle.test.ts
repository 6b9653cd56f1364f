import assert from 'node:assert/strict';
import { test } from 'node:test';
import { telemetryPathProblem } from '../../../src/serve/http/routes/index.ts';
import { served } from './served.ts';

test('healthy and ready answer GET and HEAD, whatever the targets do', async () => {
  const app = served([]);
  for (const url of ['/-/healthy', '/-/ready']) {
    for (const method of ['GET', 'HEAD'] as const) assert.equal((await app.inject({ method, url })).statusCode, 200);
  }
});

test('while memgap stops it is healthy, but not ready', async () => {
  const app = served([], { stopping: () => true });
  assert.equal((await app.inject('/-/healthy')).statusCode, 200);
  assert.equal((await app.inject('/-/ready')).statusCode, 503);
  assert.equal((await app.inject({ method: 'HEAD', url: '/-/ready' })).statusCode, 503);
  assert.equal((await app.inject('/metrics')).statusCode, 200);
});

test('reload is off unless it was enabled, and says how', async () => {
  let reloads = 0;
  const reload = async () => {
    reloads += 1;
    return { ok: true } as const;
  };
  const off = served([], { reload });
  for (const method of ['POST', 'PUT'] as const) {
    const reply = await off.inject({ method, url: '/-/reload' });
    assert.equal(reply.statusCode, 403);
    assert.match(reply.body, /--web\.enable-lifecycle/);
  }
  assert.equal(reloads, 0);

  const on = served([], { reload, lifecycle: true });
  for (const method of ['POST', 'PUT'] as const) assert.equal((await on.inject({ method, url: '/-/reload' })).statusCode, 200);
  assert.equal(reloads, 2);
});

test('no page of another site reloads, and none that took memgap under its own name by DNS', async () => {
  let reloads = 0;
  const reload = async () => {
    reloads += 1;
    return { ok: true } as const;
  };
  const app = served([], { reload, lifecycle: true, externalHosts: ['memgap.example'] });
  const send = async (headers: Readonly<Record<string, string>>) => {
    const replies = await Promise.all((['POST', 'PUT'] as const).map((method) => app.inject({ method, url: '/-/reload', headers })));
    assert.equal(replies[0]?.statusCode, replies[1]?.statusCode);
    if (replies[0]?.statusCode === 403) assert.match(replies[0].body, /^refused: a page of another site .*--web\.external-host/);
    return replies[0]?.statusCode;
  };
  for (const headers of [
    { host: 'localhost:9779', origin: 'http://evil.example' },
    { host: 'localhost:9779', origin: 'null' },
    { host: 'localhost:9779', origin: 'http://localhost:8080' },
    { host: 'localhost:9779', origin: '' },
    { host: 'localhost:9779', origin: 'file://localhost:9779' },
    { host: 'localhost:9779', 'sec-fetch-site': 'cross-site' },
    { host: 'localhost:9779', 'sec-fetch-site': 'same-site' },
    { host: 'localhost:9779', 'sec-fetch-site': 'cross-site', origin: 'http://localhost:9779' },
    { host: 'rebound.example:9779', origin: 'http://rebound.example:9779' },
    { host: 'rebound.example:9779', 'sec-fetch-site': 'same-origin' },
  ]) {
    assert.equal(await send(headers), 403, JSON.stringify(headers));
  }
  assert.equal(reloads, 0);
  for (const headers of [
    { host: 'localhost:9779', origin: 'http://localhost:9779', 'sec-fetch-site': 'same-origin' },
    { host: 'localhost:9779', 'sec-fetch-site': 'none' },
    { host: 'memgap.example', origin: 'https://memgap.example' },
    { host: 'whatever.svc:9779' }, // curl, and a sidecar that reloads: no page
  ]) {
    assert.equal(await send(headers), 200, JSON.stringify(headers));
  }
  assert.equal(reloads, 8);
});

test('no other method reloads', async () => {
  const reload = async () => assert.fail('reloaded');
  const app = served([], { reload, lifecycle: true });
  for (const method of ['GET', 'HEAD', 'DELETE', 'PATCH'] as const) {
    assert.equal((await app.inject({ method, url: '/-/reload' })).statusCode, 404);
  }
});

test('a bad new configuration is told line by line, with 500', async () => {
  const reload = async () => ({ ok: false, problems: ['memgap.yml:3:5: one', 'memgap.yml:4:1: \x1b[31mtwo'] }) as const;
  const reply = await served([], { reload, lifecycle: true }).inject({ method: 'POST', url: '/-/reload' });
  assert.equal(reply.statusCode, 500);
  assert.equal(
    reply.body,
    'the new configuration is bad, the one before stays in force:\nmemgap.yml:3:5: one\nmemgap.yml:4:1: \\x1b[31mtwo\n',
  );
});

test('without a configuration file there is nothing to reload', async () => {
  const reply = await served([], { lifecycle: true }).inject({ method: 'POST', url: '/-/reload' });
  assert.equal(reply.statusCode, 500);
  assert.match(reply.body, /--config\.file/);
});

test('a body is read by nobody, and a large one is refused', async () => {
  const app = served([], { reload: async () => ({ ok: true }) as const, lifecycle: true });
  const send = (payload: string, type: string) =>
    app.inject({ method: 'POST', url: '/-/reload', headers: { 'content-type': type }, payload });
  assert.equal((await send('{"__proto__":1', 'application/json')).statusCode, 200);
  assert.equal((await send('', 'application/x-www-form-urlencoded')).statusCode, 200);
  assert.equal((await send('x'.repeat(2000), 'text/plain')).statusCode, 413);
});

test('a telemetry path that would hide another page, or is a pattern, is refused', () => {
  for (const good of ['/metrics', '/', '/a/b.c~d-e_f', '/probes']) assert.equal(telemetryPathProblem(good), undefined, good);
  for (const bad of ['', 'metrics', '/:x', '/*', '/a?b', '/probe', '/explain', '/api/v1/targets', '/-/ready', '/-', '/ü']) {
    assert.match(telemetryPathProblem(bad) ?? '', /^--web\.telemetry-path must/, bad);
  }
});
