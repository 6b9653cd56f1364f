import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fullBacklog, serve, serveRaw } from '../net/loopback.ts';
import { memgap, memgapCommand, ran, serveMemgap, until, writeConfig } from './memgap.ts';
import { toldBy } from './told-by.ts';

/** Endpoints that take what they are given and come to no end. */
async function hanging(t: TestContext) {
  const silent = await serveRaw(t, () => {});
  const dripping = await serve(t, (_, response) => {
    const timer = setInterval(() => response.write('x'), 1000);
    response.on('close', () => clearInterval(timer));
    response.write('x');
  });
  return { silent: silent.url, dripping: dripping.url, unaccepted: `http://127.0.0.1:${await fullBacklog(t)}` };
}

const hasty = ['--poll.timeout', '1s'];

test('explain, doctor and loadtest end at an endpoint that does not, and say why', async (t) => {
  const { silent, dripping, unaccepted } = await hanging(t);
  const load = ['--settle', '0s', '--run', 'true'];
  const [one, two, three, all, loaded] = await Promise.all([
    memgap(['explain', '--target.pprof', silent, ...hasty]),
    memgap(['explain', '--target.pprof', dripping, ...hasty]),
    memgap(['explain', '--target.pprof', unaccepted, ...hasty]),
    memgap(['doctor', '--target.pprof', silent, '--target.expvar', dripping, '--target.metrics', unaccepted, ...hasty]),
    memgap(['loadtest', '--target.pprof', unaccepted, ...load, '--poll.timeout', '100ms']),
  ]);

  for (const [{ code, stdout }, stage] of [
    [one, /before the deadline: it passed before the headers came/],
    [two, /before the deadline: it passed after \d+ B of the body/],
    [three, /before the deadline: it passed while connecting/],
  ] as const) {
    assert.match(stdout, stage);
    assert.equal(code, 1);
  }
  for (const stage of [/before the headers came/, /after \d+ B of the body/, /while connecting/]) assert.match(all.stdout, stage);
  assert.equal(all.code, 1);
  assert.match(loaded.stderr, /nothing could be read of the target in the phase idle: .*it passed while connecting/);
  assert.equal(loaded.code, 1);
});

test('serve ends by SIGTERM before anybody has to kill it, whoever hangs: targets in the middle of a poll, and clients', async (t) => {
  const urls = Object.values(await hanging(t));
  const targets = urls.map((url, index) => ({ name: `t${index}`, go: { pprof: { url } } }));
  const file = writeConfig('hanging.yml', JSON.stringify({ poll_interval: '1m', poll_timeout: '1m', targets }));
  const serving = await serveMemgap(t, ['--config.file', file]);
  const clients = ['', 'GET /metrics HTTP/1.1\r\nhost:'].map((text) => {
    const socket = connect(Number(new URL(serving.url).port), '127.0.0.1').on('error', () => {});
    socket.write(text);
    return socket;
  });
  t.after(() => {
    for (const client of clients) client.destroy();
  });
  await until(() => clients.every(({ connecting }) => !connecting));
  await sleep(200); // the first poll of the first target is under way

  await serving.stop(); // by SIGKILL after five seconds

  assert.equal(serving.ended(), 'exit code 0', serving.log());
});

const patient = ['--poll.timeout', '1h'];
const commands = {
  explain: ['explain', ...patient],
  doctor: ['doctor', ...patient],
  loadtest: ['loadtest', ...patient, '--run', 'true'],
};

/** Starts a command, by another one if it is given, and waits until it has asked an endpoint that says nothing. */
async function askingForEver(t: TestContext, args: readonly string[], by = ''): Promise<ChildProcess> {
  let asked = false;
  const silent = await serveRaw(t, (socket) => {
    socket.once('data', () => {
      asked = true;
    });
  });
  const command = await memgapCommand([...args, '--target.pprof', silent.url]);
  const child = spawn('sh', ['-c', `exec ${by} ${command}`], { env: { ...process.env, MEMGAP_NODE: process.execPath }, stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  await until(() => asked || child.exitCode !== null || child.signalCode !== null);
  assert.ok(asked, 'it ended before it asked');
  return child;
}

for (const [name, args] of Object.entries(commands)) {
  test(`${name} ends by SIGTERM while an endpoint says nothing, whatever its deadline`, { timeout: 60_000 }, async (t) => {
    const child = await askingForEver(t, args);
    child.kill('SIGTERM');
    const [code, signal] = await once(child, 'exit');
    assert.deepEqual([code, signal], name === 'loadtest' ? [1, null] : [null, 'SIGTERM']);
  });
}

test('every command ends by SIGTERM as the first process of a container, too', { timeout: 60_000 }, async (t) => {
  const alone = 'unshare --user --map-root-user --pid --fork --kill-child';
  const made = await ran('sh', ['-c', `${alone} true`]);
  if (made.code !== 0) return t.skip(`no pid namespace can be made: ${made.stderr}`);
  for (const [name, args] of Object.entries(commands)) {
    const child = await askingForEver(t, args, alone);
    process.kill(Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')), 'SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, name === 'loadtest' ? 1 : 128 + 15, name);
  }
});

/** Runs a command on a few per cent of a core, as cgroups and cpulimit(1) ration it: 10 ms in 300. How it ended, and what it said. */
async function starved(t: TestContext, args: readonly string[], signalAt?: RegExp) {
  const child = spawn('sh', ['-c', `exec ${await memgapCommand(args)}`], { env: { ...process.env, MEMGAP_NODE: process.execPath } });
  t.after(() => child.kill('SIGKILL'));
  const told = toldBy(child);
  let signalled = signalAt === undefined;
  await until(async () => {
    child.kill('SIGCONT');
    await sleep(10);
    if (told.code !== undefined) return true;
    child.kill('SIGSTOP');
    await sleep(240); // and 50 of until's own
    if (!signalled && signalAt?.test(told.said)) signalled = child.kill('SIGTERM');
    return false;
  });
  return told;
}

test('every command ends on a few per cent of a core, and says what is so', async (t) => {
  const { silent } = await hanging(t);
  const asked = ['--target.pprof', silent, '--poll.timeout', '100ms'];
  const [explained, diagnosed, loaded, served] = await Promise.all([
    starved(t, ['explain', ...asked]),
    starved(t, ['doctor', ...asked]),
    starved(t, ['loadtest', ...asked, '--settle', '1s', '--run', 'true']),
    starved(t, ['serve', ...asked, '--web.listen-address', '127.0.0.1:0'], /memgap listens/),
  ]);

  assert.equal(explained.code, 1);
  assert.match(explained.said, /no whole answer before the deadline/);
  assert.equal(diagnosed.code, 1);
  assert.match(diagnosed.said, /no whole answer before the deadline/);
  assert.equal(loaded.code, 1);
  assert.match(loaded.said, /nothing could be read of the target in the phase idle: .*before the deadline/);
  assert.equal(served.code, 0, served.said);
});
