import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { freePort } from '../../scripts/child.ts';
import { startBecoming } from '../kernel/process/becoming.ts';
import { serve } from '../net/loopback.ts';
import { goPages } from '../poll/go-server.ts';
import { locateLab, startLab } from '../programs.ts';
import { memgap, type Serving, serveMemgap, until, writeConfig } from './memgap.ts';

/** A target at a port where nobody listens: enough to serve. */
const nobody = ['--target.expvar', 'http://127.0.0.1:9/debug/vars', '--target.name', 'nobody'];

/** A config of targets that are read every second. */
function configOf(...targets: readonly string[]): string {
  return `poll_interval: 1s\ntargets:\n${targets.map((target) => `  - ${target}\n`).join('')}`;
}

function targetNames(serving: Serving): Promise<readonly string[]> {
  return serving.get('/api/v1/targets').then(({ body }) => JSON.parse(body).map(({ name }: { name: string }) => name));
}

test('a port that is in use: one line that says so, and exit code 1', async (t) => {
  const other = await serve(t, (_, response) => response.end());
  const { code, stdout, stderr } = await memgap(['serve', ...nobody, '--web.listen-address', `127.0.0.1:${other.port}`]);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, new RegExp(`^memgap: cannot listen on 127\\.0\\.0\\.1:${other.port}: the port is in use; .*\\n$`));
});

test('a command line that is wrong: one line that says so, and exit code 2', async () => {
  for (const [args, line] of [
    [['serve', '--no.such.flag'], /no\.such\.flag/],
    [['--json', ...nobody], /--json is a flag of explain.*, not of serve/],
    [['serve', 'extra', ...nobody], /serve takes no "extra"/],
    [['serve', ...nobody, '--log.level', 'loud'], /--log\.level is one of debug, info, warn, error/],
    [['serve', ...nobody, '--log.format', 'xml'], /--log\.format is one of logfmt, json/],
    [['serve', ...nobody, '--web.telemetry-path', '/probe'], /--web\.telemetry-path must not be \/probe/],
    [['serve', ...nobody, '--target.port', 'http'], /--target\.port: .*a whole number/],
    [['serve', ...nobody, '--poll.interval', '10ms'], /--poll\.interval: /],
    [['serve'], /--target/],
    [['server'], /no command "server": there are serve, explain, .*check-config/],
  ] as const) {
    const { code, stdout, stderr } = await memgap(args);
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.equal(stdout, '');
    assert.match(stderr, line);
  }
});

test('a config file that is wrong, or not there, is 1: place, what and what instead', async () => {
  const file = writeConfig('wrong.yml', 'targets:\n  - name: operator\n    go: { prof: "http://127.0.0.1:1/debug/pprof" }\n');
  for (const args of [
    ['serve', '--config.file', file],
    ['check-config', file],
  ]) {
    const { code, stderr } = await memgap(args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /wrong\.yml:3:\d+: .*prof/);
  }
  assert.equal((await memgap(['serve', '--config.file', `${file}.gone`])).code, 1);
  const both = await memgap(['serve', '--config.file', file, ...nobody]);
  assert.match(both.stderr, /--config\.file and --target\.\w+ exclude each other/);
});

test('SIGHUP and POST /-/reload swap the config whole or not at all', async (t) => {
  const file = writeConfig('reload.yml', configOf('{ name: one, process: { pid: 1 } }', '{ name: two, process: { pid: 1 } }'));
  const serving = await serveMemgap(t, ['--config.file', file, '--web.enable-lifecycle']);
  const successful = async () => (await serving.metrics()).value('memgap_config_last_reload_successful');
  const succeededAt = async () => (await serving.metrics()).value('memgap_config_last_reload_success_timestamp_seconds') ?? 0;
  await until(async () => (await serving.metrics()).value('memgap_target_up', { target: 'one' }) === 1);
  const loaded = await succeededAt();

  writeFileSync(file, configOf('{ name: three, process: { pid: 1 } }', '{ name: one, process: { pid: none } }'));
  process.kill(serving.pid, 'SIGHUP');
  await until(async () => (await successful()) === 0);
  assert.deepEqual(await targetNames(serving), ['one', 'two']);
  assert.equal((await serving.metrics()).value('memgap_target_up', { target: 'one' }), 1, 'the old targets are watched on');
  assert.equal(await succeededAt(), loaded);
  assert.match(serving.log(), /level=error .*not reloaded.*reload\.yml:4:\d+/);

  const refused = await fetch(`${serving.url}/-/reload`, { method: 'POST' });
  assert.equal(refused.status, 500);
  assert.match(await refused.text(), /reload\.yml:4:\d+: /);

  writeFileSync(file, configOf('{ name: one, process: { pid: 1 } }', '{ name: four, process: { pid: 1 } }'));
  assert.equal((await fetch(`${serving.url}/-/reload`, { method: 'POST' })).status, 200);
  assert.equal(await successful(), 1);
  assert.ok((await succeededAt()) > loaded);
  assert.deepEqual(await targetNames(serving), ['one', 'four']);
  assert.equal((await serving.metrics()).value('memgap_target_up', { target: 'one' }), 1, 'an unchanged target is not interrupted');

  writeFileSync(file, configOf('{ name: one, process: { pid: 1 } }', '{ name: four, process: { pid: 1 } }').replace('1s', '20s'));
  assert.equal((await fetch(`${serving.url}/-/reload`, { method: 'POST' })).status, 200);
  assert.equal((await serving.metrics()).value('memgap_target_up', { target: 'one' }), 1, 'nor is one that is read at another interval');

  writeFileSync(file, configOf('{ name: five, process: { pid: 1 } }'));
  process.kill(serving.pid, 'SIGHUP');
  await until(async () => (await targetNames(serving)).join() === 'five');
});

test('without --web.enable-lifecycle nobody reloads by HTTP', async (t) => {
  const serving = await serveMemgap(t, nobody);
  const { status } = await fetch(`${serving.url}/-/reload`, { method: 'POST' });
  assert.equal(status, 403);
  process.kill(serving.pid, 'SIGHUP'); // there is no file: it must not end memgap, as the default action would
  await until(() => serving.log().includes('there is no config file to reload'));
  assert.equal((await serving.get('/-/healthy')).status, 200);
});

test('SIGTERM ends it with 0: requests under way are answered, hanging reads are cut', async (t) => {
  const hanging = await serve(t, () => {});
  const serving = await serveMemgap(t, ['--target.expvar', `${hanging.url}/debug/vars`, '--target.name', 'hanging']);
  const socket = connect(Number(new URL(serving.url).port), '127.0.0.1');
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  socket.write('GET /-/healthy HTTP/1.1\r\nhost: x\r\n'); // half a request
  await serving.get('/-/ready'); // by now the first half has arrived too

  process.kill(serving.pid, 'SIGTERM');
  await until(() => serving.log().includes('memgap stops'));
  socket.write('\r\n');

  assert.equal(await serving.end, 'exit code 0');
  assert.match(answer, /^HTTP\/1\.1 200 .*memgap is healthy\./s);
});

test('SIGINT ends it like SIGTERM; a second signal ends a drain that takes long', async (t) => {
  const first = await serveMemgap(t, nobody);
  process.kill(first.pid, 'SIGINT');
  assert.equal(await first.end, 'exit code 0');

  const serving = await serveMemgap(t, nobody);
  const socket = connect(Number(new URL(serving.url).port), '127.0.0.1').on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.write('GET /-/healthy HTTP/1.1\r\nhost: x\r\n');
  await serving.get('/-/ready');
  process.kill(serving.pid, 'SIGTERM');
  await until(() => serving.log().includes('memgap stops'));
  process.kill(serving.pid, 'SIGTERM');
  assert.equal(await serving.end, 'exit code 1');
});

test('a target that is killed takes its series with it, and is right again when it is back', async (t) => {
  const program = locateLab('go-newest-pure');
  if (!program.ok) return t.skip(program.detail);
  const first = await startLab(program.value);
  t.after(() => first.stop());
  const [, port = ''] = first.address.split(':');
  const target = `{ name: lab, go: { expvar: "http://${first.address}/debug/vars" }, process: { port: ${port} } }`;
  const serving = await serveMemgap(t, ['--config.file', writeConfig('restart.yml', configOf(target))]);
  const value = async (name: string) => (await serving.metrics()).value(`memgap_${name}`);
  await until(async () => (await value('target_up')) === 1);
  const start = await value('target_start_time_seconds');
  assert.equal(await value('target_restarts_total'), 0);

  process.kill(first.pid, 'SIGKILL');
  await first.end;
  const polls = await pollsUntil(serving, async () => (await value('target_up')) === 0);
  assert.ok(polls <= 2, `down after ${polls} polls`);
  const down = await serving.metrics();
  const left = [...down.families.keys()].filter((name) =>
    /^memgap_(go_|rss|cgroup|goroutines|threads|pss|swap|lazyfree|other|oom)/.test(name),
  );
  assert.deepEqual(left, []);
  assert.equal(down.value('memgap_target_start_time_seconds'), undefined);
  assert.equal(down.value('memgap_source_up', { source: 'expvar' }), 0);
  assert.match((await serving.get('/explain?target=lab')).body, /expvar: unreachable/);

  const second = await startLab(program.value, first.address);
  t.after(() => second.stop());
  const back = await pollsUntil(serving, async () => (await value('target_up')) === 1 && (await value('go_sys_bytes')) !== undefined);
  assert.ok(back <= 2, `right after ${back} polls`);
  assert.equal(await value('target_restarts_total'), 1);
  assert.ok(Number(await value('target_start_time_seconds')) > Number(start));
  const { body } = await serving.get('/api/v1/ledger?target=lab');
  assert.equal(JSON.parse(body).target.pid, second.pid);
});

test('an entrypoint that execs the program while memgap watches: its books are those of the program, and it is no restart', async (t) => {
  const program = locateLab('go-newest-pure');
  if (!program.ok) return t.skip(program.detail);
  const address = `127.0.0.1:${await freePort()}`;
  const shell = await startBecoming(t, [program.value, '-listen', address]);
  const file = writeConfig(
    'exec.yml',
    configOf(`{ name: lab, process: { pid: ${shell.pid} }, go: { expvar: "http://${address}/debug/vars" } }`),
  );
  const serving = await serveMemgap(t, ['--config.file', file]);
  await until(async () => ((await serving.metrics()).value('memgap_rss_bytes', { target: 'lab' }) ?? 0) > 0);
  await shell.become();
  const arenas = async () => (await serving.metrics()).value('memgap_rss_component_bytes', { target: 'lab', component: 'go_arenas' });
  await until(async () => ((await arenas()) ?? 0) > 0); // the first walk after it may come before the endpoint is there

  assert.equal((await serving.metrics()).value('memgap_target_restarts_total', { target: 'lab' }), 0);
  assert.match(serving.log(), /msg="target runs another program now" target=lab/);
});

test('a short interval shortens the timeout that nobody gave', async (t) => {
  const serving = await serveMemgap(t, [...nobody, '--poll.interval', '2s']);
  assert.equal((await serving.get('/-/healthy')).status, 200);
});

/** How many snapshots of the only target were taken until it was so. */
async function pollsUntil(serving: Serving, isSo: () => Promise<boolean>): Promise<number> {
  const taken = async () => JSON.parse((await serving.get('/api/v1/targets')).body)[0].taken_at;
  const seen = new Set([await taken()]);
  await until(async () => {
    const so = await isSo();
    seen.add(await taken());
    return so;
  });
  return seen.size - 1;
}

test('only configured names are probed and explained: a URL is an unknown name, and nothing is fetched', async (t) => {
  let requests = 0;
  const elsewhere = await serve(t, (_, response) => {
    requests += 1;
    response.end();
  });
  const serving = await serveMemgap(t, nobody);
  for (const page of ['/probe', '/explain', '/api/v1/ledger']) {
    for (const name of ['other', `${elsewhere.url}/debug/pprof`, '../../etc/passwd', '__proto__']) {
      assert.equal((await serving.get(`${page}?target=${encodeURIComponent(name)}`)).status, 404, `${page} ${name}`);
    }
  }
  assert.equal(requests, 0);
  assert.equal((await serving.get('/probe')).status, 400);
  assert.equal((await serving.get('/nothing')).status, 404);
  assert.equal((await serving.get('/')).status, 200);
});

test('no request starts a read', async (t) => {
  let reads = 0;
  const server = await serve(t, (_, response) => {
    reads += 1;
    response.end(goPages.expvar);
  });
  const serving = await serveMemgap(t, [
    '--target.expvar',
    `${server.url}/debug/vars`,
    '--target.name',
    'operator',
    '--poll.interval',
    '1h',
  ]);
  await until(async () => (await serving.metrics()).value('memgap_target_up') === 1);
  const before = reads;
  for (const page of ['/metrics', '/probe?target=operator', '/explain', '/api/v1/targets', '/api/v1/ledger', '/']) {
    assert.equal((await serving.get(page)).status, 200, page);
  }
  assert.equal(reads, before);
});

test('a secret of the config shows nowhere: no page, no log, no error', async (t) => {
  const secrets = ['hunter2-password', 'tok-abcdefgh', 'from-the-file'];
  const seen = new Set<string>();
  const server = await serve(t, (request, response) => {
    seen.add(request.headers.authorization ?? '');
    response.writeHead(request.url?.startsWith('/ok') ? 200 : 401).end(goPages.expvar);
  });
  const held = writeConfig('held.txt', `${secrets[2]}\n`);
  const file = writeConfig(
    'secrets.yml',
    configOf(
      `{ name: basic, go: { expvar: "${server.url}/ok" }, basic_auth: { username: ada, password: ${secrets[0]} } }`,
      `{ name: bearer, go: { expvar: "${server.url}/refused" }, authorization: { credentials: ${secrets[1]} } }`,
      `{ name: file, go: { expvar: "${server.url}/ok" }, authorization: { credentials_file: ${held} } }`,
      `{ name: dead, go: { expvar: "http://127.0.0.1:${await freePort()}/" }, basic_auth: { username: ada, password: ${secrets[0]} } }`,
    ),
  );
  const serving = await serveMemgap(t, ['--config.file', file, '--log.level', 'debug']);
  const up = async (target: string) => (await serving.metrics()).value('memgap_target_up', { target });
  await until(async () => (await up('basic')) === 1 && (await up('file')) === 1);
  await until(async () => (await serving.metrics()).value('memgap_source_errors_total', { target: 'bearer' }) !== undefined);

  const encoded = Buffer.from(`ada:${secrets[0]}`).toString('base64');
  assert.deepEqual([...seen].sort(), [`Basic ${encoded}`, `Bearer ${secrets[1]}`, `Bearer ${secrets[2]}`].sort(), 'they were sent');
  writeFileSync(file, configOf(`{ name: bearer, authorization: { credentials: ${secrets[1]}, typo: 1 } }`));
  process.kill(serving.pid, 'SIGHUP');
  await until(() => serving.log().includes('not reloaded'));
  const texts: string[] = [];
  for (const page of ['/metrics', '/api/v1/targets', '/', '/explain']) texts.push((await serving.get(page)).body);
  for (const name of ['basic', 'bearer', 'file', 'dead']) {
    for (const page of ['/probe', '/explain', '/api/v1/ledger']) texts.push((await serving.get(`${page}?target=${name}`)).body);
    texts.push((await serving.get(`/explain?format=html&target=${name}`)).body);
  }
  await serving.stop();
  texts.push(serving.log());
  for (const args of [
    ['check-config', file],
    ['explain', '--config.file', file, 'bearer'],
  ]) {
    const { stdout, stderr } = await memgap(args);
    texts.push(stdout, stderr);
  }

  for (const secret of [...secrets, encoded])
    assert.equal(
      texts.some((text) => text.includes(secret)),
      false,
      secret,
    );
});
