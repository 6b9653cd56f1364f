import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type ServerOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { Endpoint, TlsConfig } from '../../src/model/target.ts';
import { fetchBody } from '../../src/net/fetch-body.ts';
import { serveRaw, started } from './loopback.ts';

let folder = '';
let noOpenssl: string | false = false;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgap-tls-'));
  try {
    makeCa('ca');
    makeCa('other-ca');
    makeCert('server', 'ca', 'DNS:operator.test');
    makeCert('address', 'ca', 'IP:127.0.0.1');
    makeCert('client', 'ca', 'DNS:memgap.test');
    makeCert('stranger', 'other-ca', 'DNS:stranger.test');
  } catch (error) {
    noOpenssl = `openssl can't make keys here: ${error}`;
  }
});
after(() => rmSync(folder, { recursive: true }));

function openssl(...args: string[]) {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
}

function makeCa(name: string) {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
  openssl('req', '-x509', ...key, '-out', `${name}.pem`, '-days', '2', '-subj', `/CN=${name}`);
}

function makeCert(name: string, ca: string, subjectAltName: string) {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
  openssl('req', ...key, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${subjectAltName}\n`);
  const sign = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
  openssl('x509', '-req', '-in', `${name}.csr`, ...sign, '-out', `${name}.pem`);
}

function path(name: string) {
  return join(folder, name);
}

function pem(name: string) {
  return readFileSync(path(name), 'utf8');
}

async function tlsServer(t: TestContext, name: string, options: ServerOptions = {}, seen: unknown[] = []) {
  const server = createServer({ key: pem(`${name}.key`), cert: pem(`${name}.pem`), ...options }, ({ socket }, response) => {
    const { servername, getPeerCertificate } = socket as TLSSocket;
    seen.push(servername || undefined, getPeerCertificate.call(socket)?.subject?.CN);
    response.end('secure');
  });
  return started(t, server, 'https');
}

function get(endpoint: Endpoint) {
  return fetchBody(endpoint, '', { accept: '*/*', onChunk: () => true, signal: AbortSignal.timeout(10_000) });
}

async function assertFound(endpoint: Endpoint) {
  const reading = await get(endpoint);
  assert.ok(reading.ok, JSON.stringify(reading));
}

async function assertMissing(endpoint: Endpoint, reason: string, detail: RegExp) {
  const reading = await get(endpoint);
  assert.equal(!reading.ok && reading.reason, reason, JSON.stringify(reading));
  assert.match(reading.ok ? '' : reading.detail, detail);
  assert.doesNotMatch(JSON.stringify(reading), /BEGIN|operator\.test/);
}

function tls(more: Partial<TlsConfig>): { tls: TlsConfig } {
  return { tls: { insecureSkipVerify: false, ...more } };
}

test('a server of our own CA, by name and by address', async (t) => {
  if (noOpenssl) return t.skip(noOpenssl);
  const seen: unknown[] = [];
  const server = await tlsServer(t, 'server', {}, seen);
  await assertFound(server.endpoint(tls({ caFile: path('ca.pem'), serverName: 'operator.test' })));
  await assertFound(server.endpoint(tls({ ca: pem('ca.pem'), serverName: 'operator.test' })));
  assert.deepEqual(seen, ['operator.test', undefined, 'operator.test', undefined]);
  const address = await tlsServer(t, 'address', {}, seen);
  await assertFound(address.endpoint(tls({ caFile: path('ca.pem') })));
  await assertFound(
    address.endpoint({ ...tls({ caFile: path('ca.pem'), serverName: '127.0.0.1' }), url: `https://localhost:${address.port}` }),
  );
  assert.deepEqual(seen.slice(4), [undefined, undefined, 'localhost', undefined]);
});

test('a server of a strange CA, or of another name, is not trusted', async (t) => {
  if (noOpenssl) return t.skip(noOpenssl);
  const server = await tlsServer(t, 'server');
  await assertMissing(server.endpoint(tls({})), 'unreachable', /not trusted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\); check tls_config/);
  await assertMissing(server.endpoint(), 'unreachable', /not trusted/);
  await assertMissing(server.endpoint(tls({ caFile: path('other-ca.pem'), serverName: 'operator.test' })), 'unreachable', /not trusted/);
  await assertMissing(server.endpoint(tls({ caFile: path('ca.pem') })), 'unreachable', /not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
  await assertMissing(server.endpoint(tls({ caFile: path('ca.pem'), serverName: 'else.test' })), 'unreachable', /ALTNAME_INVALID/);
  await assertMissing(server.endpoint(tls({ caFile: path('ca.pem'), serverName: '127.0.0.2' })), 'unreachable', /ALTNAME_INVALID/);
  await assertFound(server.endpoint(tls({ insecureSkipVerify: true })));
});

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a server that asks for our certificate, by ${maxVersion}`, async (t) => {
    if (noOpenssl) return t.skip(noOpenssl);
    const seen: unknown[] = [];
    const server = await tlsServer(t, 'server', { requestCert: true, rejectUnauthorized: true, ca: pem('ca.pem'), maxVersion }, seen);
    const trust = { caFile: path('ca.pem'), serverName: 'operator.test' };
    await assertFound(server.endpoint(tls({ ...trust, certFile: path('client.pem'), key: { file: path('client.key') } })));
    await assertFound(server.endpoint(tls({ ...trust, cert: pem('client.pem'), key: { text: pem('client.key') } })));
    assert.deepEqual(seen, ['operator.test', 'client', 'operator.test', 'client']);
    const reading = await get(server.endpoint(tls({ ...trust, certFile: path('stranger.pem'), key: { file: path('stranger.key') } })));
    assert.equal(reading.ok, false);
    assert.equal((await get(server.endpoint(tls(trust)))).ok, false);
    t.diagnostic(JSON.stringify([reading, await get(server.endpoint(tls(trust)))]));
  });
}

test('certificates that were rotated are used at the next request', async (t) => {
  if (noOpenssl) return t.skip(noOpenssl);
  const server = await tlsServer(t, 'server');
  copyFileSync(path('other-ca.pem'), path('rotated.pem'));
  const endpoint = server.endpoint(tls({ caFile: path('rotated.pem'), serverName: 'operator.test' }));
  await assertMissing(endpoint, 'unreachable', /not trusted/);
  copyFileSync(path('ca.pem'), path('rotated.pem'));
  utimesSync(path('rotated.pem'), 1, 1);
  await assertFound(endpoint);
  rmSync(path('rotated.pem'));
  await assertMissing(endpoint, 'denied', /: tls_config ca_file: ENOENT/);
  await assertMissing(server.endpoint(tls({ caFile: '/dev/null/ca.pem' })), 'denied', /ENOTDIR/);
});

test('files that hold no certificate or the wrong key are named before any connection', async (t) => {
  if (noOpenssl) return t.skip(noOpenssl);
  const server = await serveRaw(t, () => assert.fail('it connected'));
  const endpoint = (more: Partial<TlsConfig>) => server.endpoint({ ...tls(more), url: `https://127.0.0.1:${server.port}` });
  writeFileSync(path('garbage'), 'hunter2');
  await assertMissing(endpoint({ caFile: path('garbage') }), 'malformed', /tls_config.*PEM/);
  await assertMissing(endpoint({ certFile: path('garbage'), key: { file: path('client.key') } }), 'malformed', /tls_config.*PEM/);
  await assertMissing(endpoint({ certFile: path('client.pem'), key: { file: path('garbage') } }), 'malformed', /tls_config.*PEM/);
  await assertMissing(endpoint({ certFile: path('client.pem'), key: { file: path('server.key') } }), 'malformed', /tls_config.*the cert's/);
  await assertMissing(endpoint({ certFile: path('client.pem'), key: { file: path('none') } }), 'denied', /: tls_config key_file: ENOENT/);
});

test('TLS where HTTP is spoken, and HTTP where TLS is, are told', async (t) => {
  if (noOpenssl) return t.skip(noOpenssl);
  const server = await tlsServer(t, 'server');
  const reading = await get(server.endpoint({ url: `http://127.0.0.1:${server.port}` }));
  assert.equal(reading.ok, false);
  const plain = await serveRaw(t, (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await assertMissing(plain.endpoint({ url: `https://127.0.0.1:${plain.port}` }), 'unreachable', /ERR_SSL_|EPROTO/);
});

test('a server that never answers the handshake is a timeout', async (t) => {
  const server = await serveRaw(t, () => {});
  const endpoint = server.endpoint({ url: `https://127.0.0.1:${server.port}` });
  const reading = await fetchBody(endpoint, '', { accept: '*/*', onChunk: () => true, signal: AbortSignal.timeout(100) });
  assert.equal(!reading.ok && reading.reason, 'timeout');
  assert.match(reading.ok ? '' : reading.detail, /while connecting/);
});
