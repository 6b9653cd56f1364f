import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, readSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { startChild } from '../../scripts/child.ts';
import { folder as newFolder, until } from '../kernel/process/processes.ts';
import { serve } from '../net/loopback.ts';
import { locateLab } from '../programs.ts';
import { sameWhenReplayed } from './recorded.ts';

const places = [
  'environment', 'environment-name', 'argument', 'password-flag', 'folder-of-argv0', 'working-folder', 'open-file-name', 'open-file-content', 'go-heap', 'c-heap',
  'ldflags', 'expvar-variable', 'expvar-in-memstats', 'label', 'help', 'exemplar', 'metric-name', 'index-page', 'response-header', 'error-page',
  'redirect-query', 'redirect-user-info', 'bearer-token', 'basic-password', 'password-of-file',
] as const; // biome-ignore format: one table

test('no secret gets into a record, however a target or a configuration holds it', async (t) => {
  const program = locateLab('go-newest-cgo');
  if (!program.ok) return t.skip(program.detail);
  const secrets = Object.fromEntries(places.map((place) => [place, randomBytes(12).toString('hex')]));
  const secretOf = (place: (typeof places)[number]) => secrets[place] ?? '';
  const folder = newFolder(t);
  const home = join(folder, secretOf('working-folder'));
  mkdirSync(home);
  const exe = join(folder, 'lab');
  copyFileSync(program.value, exe);
  plantInBuild(exe, secretOf('ldflags'));
  symlinkSync(folder, join(folder, secretOf('folder-of-argv0')));
  writeFileSync(join(home, secretOf('open-file-name')), secretOf('open-file-content'));
  const command = `cd "$1" && exec 9<"$2" && exec "$3" -listen 127.0.0.1:0 "$4" "--password=$5"`;
  const words = [
    home,
    secretOf('open-file-name'),
    join(folder, secretOf('folder-of-argv0'), 'lab'),
    secretOf('argument'),
    secretOf('password-flag'),
  ];
  const child = await startChild('lab', 'sh', ['-c', command, 'sh', ...words], {
    TOKEN: secretOf('environment'),
    [`NAME_${secretOf('environment-name')}`]: 'x',
  });
  t.after(() => child.stop());
  await until(() => child.lines().some((line) => line.startsWith('ready')) || child.ended() !== undefined);
  const [, address = ''] = /^ready \d+ (.+)$/m.exec(child.lines().join('\n')) ?? [];
  await fetch(`http://${address}/grow?mib=4`);
  await fetch(`http://${address}/cgo/grow?mib=4`);
  plantInMemory(child.pid, secretOf('go-heap'), secretOf('c-heap'));

  const asked: string[] = [];
  const pages = async (request: IncomingMessage, response: ServerResponse) => {
    asked.push(String(request.headers.authorization));
    response.setHeader('set-cookie', secretOf('response-header'));
    const path = request.url ?? '';
    if (path === '/error') return response.writeHead(500).end(secretOf('error-page'));
    if (path === '/elsewhere')
      return response
        .writeHead(302, { location: `http://u:${secretOf('redirect-user-info')}@127.0.0.1/?t=${secretOf('redirect-query')}` })
        .end();
    const page = await (await fetch(`http://${address}${path}`)).text();
    if (path === '/debug/vars')
      return response.end(
        page
          .replace('{', `{"license": "${secretOf('expvar-variable')}",`)
          .replace('"memstats": {', `"memstats": {"Note": "${secretOf('expvar-in-memstats')}",`),
      );
    if (path === '/go-metrics')
      return response.end(
        `# HELP x ${secretOf('help')}\nx{token="${secretOf('label')}"} 1\n${secretOf('metric-name').replace(/^/, 'm')} 1\n${page.replace(
          /^(go_goroutines \d+)$/m,
          `$1 # {trace="${secretOf('exemplar')}"} 1`,
        )}`,
      );
    return response.end(path === '/debug/pprof/' ? `${secretOf('index-page')}${page}` : page);
  };
  const server = await serve(t, (request, response) => void pages(request, response));
  writeFileSync(join(folder, 'password'), secretOf('password-of-file'));
  const config = join(folder, 'memgap.yml');
  const process = `process: { pid: ${child.pid} }`;
  writeFileSync(
    config,
    `targets:
  - { name: a, ${process}, go: { expvar: "${server.url}/debug/vars" }, basic_auth: { username: op, password: ${secretOf('basic-password')} } }
  - { name: b, ${process}, go: { pprof: "${server.url}/debug/pprof" }, authorization: { credentials: ${secretOf('bearer-token')} } }
  - { name: c, ${process}, go: { metrics: "${server.url}/go-metrics" }, basic_auth: { username: op, password_file: password } }
  - { name: d, ${process}, go: { metrics: "${server.url}/elsewhere", expvar: "${server.url}/error" } }
`,
  );

  const texts: string[] = [];
  for (const name of ['a', 'b', 'c', 'd']) {
    const file = join(folder, `${name}.memgap`);
    const { out } = await sameWhenReplayed(file, ['--config.file', config, name, '--process.memory-reads', '--polls', '1']);
    texts.push(gunzipSync(readFileSync(file)).toString('latin1'), out);
    assert.match(out, name === 'd' ? /"source": "runtime_memory"/ : /"source": "(expvar|pprof_heap|metrics)"/, name);
  }
  assert.ok(
    asked.some((header) => header.endsWith(secretOf('bearer-token'))),
    'the credentials were used',
  );
  const all = texts.join('\n');
  assert.ok(all.length > 10_000);
  for (const [place, secret] of Object.entries(secrets)) {
    for (const spelling of spellings(secret)) assert.ok(!all.includes(spelling), `${place}: ${spelling}`);
  }
});

/** As it is, as hexadecimal digits, and as base64 wherever it begins in what was encoded. */
function spellings(secret: string): readonly string[] {
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.from('.'.repeat(before) + secret).toString('base64');
    return text.slice(before === 0 ? 0 : 4, -4);
  });
  return [secret, Buffer.from(secret).toString('hex'), ...base64];
}

/** Where -ldflags stands in a program that was built with it, in the place of two other settings. */
function plantInBuild(exe: string, secret: string): void {
  const bytes = readFileSync(exe);
  const settings = 'build\t-buildmode=exe\nbuild\t-compiler=gc\n';
  const at = bytes.indexOf(settings);
  assert.notEqual(at, -1);
  assert.ok(secret.length <= 24);
  bytes.write(`build\t-ldflags=-X x=${secret}`.slice(0, settings.length - 1).padEnd(settings.length - 1, ' '), at, 'latin1');
  writeFileSync(exe, bytes);
}

/** Writes to the middle of the first arena of Go's, and of the largest mapping that malloc may have. */
function plantInMemory(pid: number, inGo: string, inC: string): void {
  const mappings = readFileSync(`/proc/${pid}/maps`, 'latin1').matchAll(/^([\da-f]+)-([\da-f]+) rw-p 00000000 00:00 0 *$/gm);
  const sizes = [...mappings].map(([, start = '', end = '']) => ({ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }));
  const memory = openSync(`/proc/${pid}/mem`, 'r+');
  try {
    const go = sizes.find(({ start, end }) => start >= 0xc000000000 && start < 0x7f0000000000 && end - start >= 4 * 1024 ** 2);
    const c = sizes.find(({ start, end }) => {
      const filled = Buffer.alloc(64);
      const isLarge = start > 0x7f0000000000 && end - start > 1024 ** 2;
      return (
        isLarge && readSync(memory, filled, 0, filled.length, start + 1024 ** 2 / 2) === filled.length && filled.every((byte) => byte === 1)
      );
    });
    assert.ok(go !== undefined && c !== undefined, 'both have memory');
    writeSync(memory, Buffer.from(inGo), 0, inGo.length, go.start + 3 * 1024 ** 2);
    writeSync(memory, Buffer.from(inC), 0, inC.length, c.start + 1024 ** 2 / 2);
  } finally {
    closeSync(memory);
  }
}
