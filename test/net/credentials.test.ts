import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Endpoint } from '../../src/model/target.ts';
import { bytes } from '../../src/model/units.ts';
import { authorizationOf } from '../../src/net/credentials.ts';
import { fetchBody } from '../../src/net/fetch-body.ts';
import { serve } from './loopback.ts';

const base = { url: 'http://127.0.0.1:1', bodySizeLimit: bytes(1000) };

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function bearer(file: string): Endpoint {
  return { ...base, authorization: { type: 'Bearer', credentials: { file } } };
}

async function assertMissing(endpoint: Endpoint, reason: string, detail: RegExp) {
  const reading = await authorizationOf(endpoint);
  assert.equal(!reading.ok && reading.reason, reason, JSON.stringify(reading));
  assert.match(reading.ok ? '' : reading.detail, detail);
  assert.doesNotMatch(JSON.stringify(reading), /hunter2/);
}

test('no credentials, no header', async () => {
  assert.deepEqual(await authorizationOf(base), { ok: true, value: undefined });
});

test('basic_auth and authorization, with the secret in the config', async () => {
  const basic = await authorizationOf({ ...base, basicAuth: { username: 'J\u00f6', password: { text: 'hunter2' } } });
  assert.deepEqual(basic, { ok: true, value: `Basic ${Buffer.from('J\u00f6:hunter2').toString('base64')}` });
  const token = await authorizationOf({ ...base, authorization: { type: 'Token', credentials: { text: 'hunter2' } } });
  assert.deepEqual(token, { ok: true, value: 'Token hunter2' });
});

test('a token file is read anew at each request, and white space around it is cut off', async (t) => {
  const file = join(folderOf(t), 'token');
  const seen: unknown[] = [];
  const server = await serve(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.end('x');
  });
  const endpoint = server.endpoint({ authorization: { type: 'Bearer', credentials: { file } } });
  for (const token of ['first', 'next']) {
    writeFileSync(file, `  ${token}\r\n`);
    await fetchBody(endpoint, '', { accept: '*/*', onChunk: () => true, signal: AbortSignal.timeout(10_000) });
  }
  assert.deepEqual(seen, ['Bearer first', 'Bearer next']);
});

test('a file that is not there, or no file, is denied by its field: its name may be the token itself', async (t) => {
  const folder = folderOf(t);
  await assertMissing(bearer(join(folder, 'none')), 'denied', /^authorization credentials_file: ENOENT/);
  await assertMissing(bearer('/etc/memgap/hunter2'), 'denied', /^authorization credentials_file: ENOENT/);
  await assertMissing(bearer(folder), 'denied', /it is a directory/);
  await assertMissing(bearer('/dev/zero'), 'denied', /not a regular file/);
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  await assertMissing(bearer(join(folder, 'fifo')), 'denied', /not a regular file/);
  writeFileSync(join(folder, 'long'), 'hunter2'.repeat(200_000));
  await assertMissing(bearer(join(folder, 'long')), 'denied', /longer than 1048576 bytes/);
});

test("where Kubernetes mounts a pod's token is no secret, and no field of a config points at it", async (t) => {
  const file = '/var/run/secrets/kubernetes.io/serviceaccount/token';
  if (existsSync(file)) return t.skip('this is a pod that has one');
  await assertMissing(bearer(file), 'denied', /^authorization credentials_file \/var\/run\/.*\/token: ENOENT/);
});

test('a file without the right to read it is denied', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root reads any file');
  const file = join(folderOf(t), 'token');
  writeFileSync(file, 'hunter2');
  chmodSync(file, 0);
  await assertMissing(bearer(file), 'denied', /EACCES/);
});

test('a secret that is empty, or has what a header cannot carry, is malformed, and is never quoted', async (t) => {
  const file = join(folderOf(t), 'hunter2\u202e');
  for (const [content, detail] of [
    ['', /: empty/],
    [' \n', /: empty/],
    ['hunter2\nX-Evil: 1', /control character or a line break/],
    ['hunter2\0', /control character/],
    ['hunter2\u00e9', /a header can't carry/],
    ['hunter2\u2028', /a header can't carry/],
  ] as const) {
    writeFileSync(file, content.endsWith('\u2028') ? `${content}x` : content);
    await assertMissing(bearer(file), 'malformed', detail);
    await assertMissing(bearer(file), 'malformed', /^authorization credentials_file: /);
  }
  await assertMissing({ ...base, authorization: { type: 'Bearer\n', credentials: { text: 'hunter2' } } }, 'malformed', /can't carry/);
  await assertMissing({ ...base, authorization: { type: 'Bearer', credentials: { text: 'hunter2\n' } } }, 'malformed', /line break/);
  await assertMissing({ ...base, basicAuth: { username: 'jo', password: { text: '' } } }, 'malformed', /basic_auth password: empty/);
});

test('a username with a colon or a line break is refused, for the server would see another', async () => {
  for (const username of ['jo:e', 'jo\n']) {
    await assertMissing({ ...base, basicAuth: { username, password: { text: 'hunter2' } } }, 'malformed', /basic_auth username/);
  }
});

test('a refused request names the address and no secret', async (t) => {
  const server = await serve(t, (request, response) => response.writeHead(401).end(request.headers.authorization));
  const endpoint = server.endpoint({ basicAuth: { username: 'jo', password: { text: 'hunter2' } } });
  const reading = await fetchBody(endpoint, '', { accept: '*/*', onChunk: () => true, signal: AbortSignal.timeout(10_000) });
  assert.equal(!reading.ok && reading.reason, 'unauthorized');
  assert.doesNotMatch(JSON.stringify(reading), /hunter2|am86aHVudGVyMg/);
});
