import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../src/model/config.ts';
import type { TargetConfig } from '../../src/model/target.ts';
import { createSampler, type Sampler } from '../../src/watch/sampler.ts';
import { here } from '../kernel/process/processes.ts';
import { goServer, hangs, notFound } from '../poll/go-server.ts';
import { madeProcess } from '../poll/made-process.ts';

interface Told {
  readonly sampler: Sampler;
  /** What it logged: `level message target`. */
  readonly lines: string[];
}

function sampling(t: TestContext, paths = here): Told {
  const lines: string[] = [];
  const log = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message}${'target' in fields ? ` ${fields.target}` : ''}${'err' in fields ? ` ${fields.err}` : ''}`);
  };
  const sampler = createSampler(paths, { info: log('info'), warn: log('warn'), error: log('error') });
  t.after(() => sampler.stop());
  return { sampler, lines };
}

/** In a config a timeout is no longer than the interval; here the one is short, for quick tests, and the other long, for a busy machine. */
function config(targets: readonly TargetConfig[], pollInterval = 20, pollTimeout = 5000): Config {
  return { pollInterval, pollTimeout, targets };
}

function target(name: string, go: TargetConfig['go'], ownProcess = false): TargetConfig {
  return { name, go, process: ownProcess ? { by: 'pid', pid: process.pid } : undefined };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

test('a target is polled over and over, and each poll is kept', async (t) => {
  const server = await goServer(t);
  const { pid, paths } = madeProcess(t);
  const { sampler, lines } = sampling(t, paths);
  assert.deepEqual(sampler.all(), []);

  sampler.apply(config([{ ...target('operator', server.endpoints), process: { by: 'pid', pid } }]));
  assert.equal(sampler.find('operator')?.condition, 'waiting');
  await until(() => (sampler.find('operator')?.past?.polls ?? 0) >= 3);

  const state = sampler.find('operator');
  assert.equal(state?.condition, 'up');
  assert.equal(state?.ledger?.go.ok, true);
  assert.equal(state?.ledger?.rss.ok, true);
  assert.deepEqual(lines, ['info target is up operator']);
  assert.equal(sampler.find('other'), undefined);
});

test('a sidecar learns its pod from the environment, before the first poll and in each snapshot', async (t) => {
  Object.assign(process.env, { POD_NAMESPACE: 'shop', POD_NAME: 'operator-7d4b9' });
  t.after(() => {
    delete process.env.POD_NAMESPACE;
    delete process.env.POD_NAME;
  });
  const server = await goServer(t);
  const { sampler } = sampling(t);

  sampler.apply(config([target('operator', server.endpoints, true)]));

  const known = { namespace: 'shop', pod: 'operator-7d4b9' };
  assert.deepEqual(sampler.find('operator')?.ownPod, known);
  await until(() => sampler.find('operator')?.ledger !== undefined);
  assert.deepEqual(sampler.find('operator')?.ledger?.snapshot.ownPod, known);
  assert.deepEqual(sampler.find('operator')?.labels, {});
});

test('a poll that hangs is not overlapped by the next, ends at its deadline and costs no other target a thing', async (t) => {
  const slow = await goServer(t);
  const fast = await goServer(t);
  let running = 0;
  let most = 0;
  let requests = 0;
  slow.answer('expvar', (_, response) => {
    requests += 1;
    running += 1;
    most = Math.max(most, running);
    response.on('close', () => {
      running -= 1;
    });
  });
  const { sampler } = sampling(t);
  // a deadline beyond the interval: only the loop itself keeps the polls apart
  sampler.apply(config([target('slow', { expvar: slow.endpoints.expvar }, true), target('fast', fast.endpoints)], 20, 100));
  await until(() => requests >= 3);

  assert.equal(most, 1);
  // a snapshot lives for three deadlines, so on a busy machine there may be none at the first look
  await until(() => sampler.find('slow')?.ledger?.rss.ok === true); // the process was read all the same
  const state = sampler.find('slow');
  assert.ok((state?.errors.get('expvar')?.get('timeout') ?? 0) >= 2);
  assert.equal(state?.ledger?.go.ok === false && state.ledger.go.reason, 'timeout');
  await until(() => sampler.find('fast')?.condition === 'up');
});

test('a target that comes back is seen without a restart of memgap', async (t) => {
  const server = await goServer(t);
  const { sampler, lines } = sampling(t);
  sampler.apply(config([target('operator', { expvar: server.endpoints.expvar })], 20, 300));
  await until(() => sampler.find('operator')?.condition === 'up');
  server.answer('expvar', hangs);
  await until(() => sampler.find('operator')?.condition === 'down');
  server.answer('expvar', notFound);
  await until(() => sampler.find('operator')?.ledger?.go.ok === false);
  server.answer('expvar', undefined);
  await until(() => sampler.find('operator')?.condition === 'up');

  assert.deepEqual(lines, ['info target is up operator', 'warn target is down operator', 'info target is up operator']);
});

test('targets are spread out over the interval', async (t) => {
  const servers = [await goServer(t), await goServer(t), await goServer(t), await goServer(t)];
  const asked: number[] = [];
  for (const [index, server] of servers.entries()) {
    server.answer('expvar', (_, response) => {
      asked[index] ??= performance.now();
      response.writeHead(404).end();
    });
  }
  const { sampler } = sampling(t);
  const begin = performance.now();
  sampler.apply(
    config(
      servers.map((server, index) => target(`t${index}`, { expvar: server.endpoints.expvar })),
      400,
    ),
  );
  await until(() => asked.filter((at) => at !== undefined).length === 4);

  for (const [index, at] of asked.entries()) assert.ok(at - begin >= index * 100 - 5, `target ${index} was asked after ${at - begin} ms`);
});

test('a new config leaves unchanged targets undisturbed, starts changed ones anew and drops the others', async (t) => {
  const server = await goServer(t);
  const { expvar, metrics } = server.endpoints;
  const { sampler } = sampling(t);
  sampler.apply(config([target('same', { expvar }), target('changed', { expvar }), target('dropped', { expvar })], 40));
  await until(() => sampler.all().every(({ past }) => (past?.polls ?? 0) >= 2));
  const before = sampler.find('same')?.past;

  // a reload makes new objects of equal content
  sampler.apply(structuredClone(config([target('new', { metrics }), target('changed', { metrics }), target('same', { expvar })], 40)));

  assert.deepEqual(
    sampler.all().map(({ name }) => name),
    ['new', 'changed', 'same'],
  );
  assert.equal(sampler.find('dropped'), undefined);
  assert.ok((sampler.find('same')?.past?.polls ?? 0) >= (before?.polls ?? 2));
  assert.equal(sampler.find('same')?.condition, 'up');
  assert.equal(sampler.find('changed')?.condition, 'waiting');
  assert.equal(sampler.find('changed')?.ledger, undefined);
  await until(() => sampler.all().every(({ condition }) => condition === 'up'));
  assert.equal(sampler.find('changed')?.ledger?.snapshot.goSource, 'metrics');
  assert.equal(sampler.find('same')?.past?.since, before?.since);
});

test('another rhythm costs no target what is known of it: errors, restarts, history and the last snapshot go on', async (t) => {
  const server = await goServer(t);
  const { pid, paths, startAt } = madeProcess(t);
  const { sampler, lines } = sampling(t, paths);
  const targets = [{ ...target('operator', server.endpoints), process: { by: 'pid', pid } as const }, target('remote', server.endpoints)];
  server.answer('expvar', (_, response) => response.writeHead(403).end());
  sampler.apply(config(targets, 20));
  await until(() => sampler.all().every(({ condition }) => condition === 'up'));
  startAt(900);
  await until(() => sampler.find('operator')?.restarts === 1);
  const before = sampler.all();
  lines.length = 0; // the poll in which the process was replaced may have found neither the one nor the other

  sampler.apply(structuredClone(config(targets, 60_000)));
  for (const [index, state] of sampler.all().entries()) {
    assert.equal(state.condition, 'up');
    assert.ok(state.ledger !== undefined && state.ledger === before[index]?.ledger);
    assert.deepEqual(state.errors, before[index]?.errors);
    assert.ok((state.errors.get('expvar')?.get('unauthorized') ?? 0) > 0);
    assert.equal(state.past?.since, before[index]?.past?.since);
  }
  const polls = sampler.find('operator')?.past?.polls ?? 0;
  await until(() => (sampler.find('operator')?.past?.polls ?? 0) > polls); // the first of the list is read at once, by its old record
  assert.equal(sampler.find('operator')?.restarts, 1);
  assert.deepEqual(
    lines.filter((line) => line.includes('down')),
    [],
  );
});

test('a snapshot of a slow rhythm is not stale for a quick one before that has had its turn', async (t) => {
  const server = await goServer(t);
  const { sampler } = sampling(t);
  const targets = [target('operator', server.endpoints)];
  sampler.apply(config(targets, 60_000, 200));
  await until(() => sampler.find('operator')?.condition === 'up');
  await sleep(400);
  server.answer('expvar', hangs);
  server.answer('metrics', hangs);
  server.answer('heap', hangs);
  sampler.apply(structuredClone(config(targets, 100, 100)));
  assert.equal(sampler.find('operator')?.condition, 'up');
  assert.equal(sampler.find('operator')?.ledger?.go.ok, true);

  await until(() => sampler.find('operator')?.condition === 'down');
  await sampler.stop();
  await until(() => sampler.find('operator')?.ledger === undefined); // and then by the new one: 0.3 s
});

test('a target that is reached in another way goes on; one with another address or process starts anew', async (t) => {
  const server = await goServer(t);
  const { expvar } = server.endpoints;
  const { sampler } = sampling(t);
  const before = [target('secret', { expvar }), target('address', { expvar }), target('process', { expvar })];
  sampler.apply(config(before, 20));
  await until(() => sampler.all().every(({ past }) => (past?.polls ?? 0) >= 2));
  const since = sampler.find('secret')?.past?.since;

  const secret = { ...expvar, authorization: { type: 'Bearer', credentials: { text: 'new' } } };
  const address = { ...expvar, url: expvar.url.replace('127.0.0.1', 'localhost') };
  sampler.apply(
    config([target('secret', { expvar: secret }), target('address', { expvar: address }), target('process', { expvar }, true)]),
  );
  assert.deepEqual(
    sampler.all().map(({ condition }) => condition),
    ['up', 'waiting', 'waiting'],
  );
  assert.equal(sampler.find('secret')?.past?.since, since);
});

test('after stop nothing is asked any more, and a reload that came late starts nothing', async (t) => {
  const server = await goServer(t);
  const { sampler } = sampling(t);
  sampler.apply(config([target('operator', server.endpoints)]));
  await until(() => sampler.find('operator')?.condition === 'up');

  await sampler.stop();
  server.asked();
  sampler.apply(config([target('late', server.endpoints)]));
  await sleep(100);

  assert.deepEqual(server.asked(), []);
  assert.equal(sampler.find('late'), undefined);
});

test('stop clears every timer and connection: a process whose endpoints hang or answer ends by itself', async (t) => {
  const hanging = await goServer(t);
  hanging.answer('expvar', hangs);
  const answering = await goServer(t);
  const targets = [
    target('hanging', { expvar: hanging.endpoints.expvar }),
    target('answering', answering.endpoints),
    target('later', answering.endpoints),
  ];
  const code = `
    import { createSampler } from ${JSON.stringify(join(import.meta.dirname, '../../src/watch/sampler.ts'))};
    const log = { info() {}, warn() {}, error: console.error };
    const sampler = createSampler({ procfs: '/proc', cgroupfs: '/sys/fs/cgroup' }, log);
    sampler.apply(${JSON.stringify(config(targets, 3000))});
    const wait = setInterval(async () => {
      if (sampler.find('answering').condition !== 'up') return;
      clearInterval(wait);
      await sampler.stop();
      console.log('stopped');
    }, 10);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [exitCode] = await once(child, 'close');

  assert.equal(output, 'stopped\n');
  assert.equal(exitCode, 0);
});
