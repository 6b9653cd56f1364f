import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Serving, serveMemgap, until, writeConfig } from '../e2e/memgap.ts';
import { missedBeats } from '../hostile/missed-beats.ts';
import { type Hostile, startFile, startProcess } from '../hostile/start.ts';
import { watchPolls } from '../hostile/watch-polls.ts';
import { goServer } from '../poll/go-server.ts';
import { locateHostile } from '../programs.ts';

// With file systems that hang indeed. Nothing in here opens what lies on them: this process would hang as well.

const program = locateHostile();
const skip = process.getuid?.() !== 0 ? 'needs root, to mount a FUSE file system' : !existsSync('/dev/fuse') && 'needs /dev/fuse';
/** With an end: a memgap that is frozen does not answer, and what follows a test ends the file system first, and so that one. */
const options = { skip: program.ok ? skip : program.detail, timeout: 120_000 };

const interval = 2; // seconds
const watched = 12;

test('beside executables that hang, and an environment, the others are polled, and memgap ends', options, async (t) => {
  const families = ['hung-executable', 'hung-environment', 'hung-lower-layer', 'hung-lower-layer'];
  const hung = await Promise.all(families.map((name) => hostile(t, name)));
  const readers = new Set<number>();
  for (const [signal, how] of [
    ['SIGTERM', 'exit code 0'],
    ['SIGKILL', 'signal SIGKILL'],
  ] as const) {
    const memgap = await serve(t, hung.map(targetOf));

    const [{ polls, unanswered }, seen] = await Promise.all([watchPolls(memgap, watched), readersOf(memgap, watched)]);

    assert.deepEqual([missedBeats(polls.get('good') ?? [], interval, watched), unanswered], [[], 0]);
    assert.equal(seen.size, 1, 'of two overlays one is tried, and once');
    for (const pid of seen) readers.add(pid);
    assert.equal((await memgap.metrics()).value('memgap_self_stuck_readers'), 1);
    assert.match(await detailOf(memgap, 'hung 0', 'exe'), /^the executable lies on fuse\.hostile: /);
    assert.match(await detailOf(memgap, 'hung 1', 'environ'), /ends before the process's environment does/);
    const overlays = [await detailOf(memgap, 'hung 2', 'exe'), await detailOf(memgap, 'hung 3', 'exe')].sort();
    assert.match(overlays[0] ?? '', /: not tried: a reader has been stuck on overlay for \d+ s/);
    assert.match(overlays[1] ?? '', /: overlay did not answer a reader within 2 s$/);
    await judgeEnd(memgap, signal, how);
  }
  for (const pid of readers) assert.ok(existsSync(`/proc/${pid}`), 'only the file system ends it');
  for (const { stop } of hung) await stop();
  await until(() => [...readers].every((pid) => !existsSync(`/proc/${pid}`)));
});

test('with memory reads, what the process has of a hung executable in memory tells its build', options, async (t) => {
  const { pid } = await hostile(t, 'hung-executable');
  const memgap = await serveMemgap(t, ['--target.pid', String(pid), '--process.memory-reads']);
  await until(async () => (await memgap.metrics()).value('memgap_source_up', { source: 'build_info' }) === 1);
  assert.equal((await memgap.metrics()).value('memgap_source_up', { source: 'exe' }), 1);
  await judgeEnd(memgap, 'SIGTERM', 'exit code 0');
});

test('a target that holds its own mmap lock costs nobody else a poll, and memgap ends beside it', options, async (t) => {
  const { pid } = await hostile(t, 'lock-held');
  const memgap = await serve(t, [{ name: 'held', process: { pid } }]);

  const { polls, unanswered } = await watchPolls(memgap, watched);

  assert.deepEqual([missedBeats(polls.get('good') ?? [], interval, watched), unanswered], [[], 0]);
  assert.match(await detailOf(memgap, 'held', 'smaps'), /its mmap lock/);
  await judgeEnd(memgap, 'SIGTERM', 'signal SIGKILL'); // by its own hand: a thread waits for that lock
});

for (const what of ['config file', 'file with a token']) {
  test(`a ${what} that hangs leaves in force what was read, and is read again when it answers`, options, async (t) => {
    assert.ok(program.ok);
    const server = await goServer(t);
    const { url } = server.endpoints.expvar;
    const good = { name: 'good', process: { pid: process.pid } };
    const isConfig = what === 'config file';
    const served = await startFile(program.value, isConfig ? JSON.stringify({ targets: [good] }) : 'hunter2');
    t.after(served.stop);
    const asked = { ...good, go: { expvar: { url, authorization: { credentials_file: served.file } } } };
    const file = isConfig ? served.file : writeConfig('token.yml', JSON.stringify({ targets: [asked] }));
    const memgap = await serveMemgap(t, ['--config.file', file, '--web.enable-lifecycle']);
    const reload = async () => (await fetch(`${memgap.url}/-/reload`, { method: 'POST' })).status;
    const told = async () => {
      const page = await memgap.metrics();
      return ['memgap_config_last_reload_successful', 'memgap_target_up', 'memgap_self_stuck_readers'].map((name) => page.value(name));
    };
    await until(async () => (await memgap.metrics()).value('memgap_target_up') === 1);
    assert.equal(await reload(), 200);

    await served.hang();
    assert.equal(await reload(), 500);
    assert.deepEqual(await told(), [0, 1, 1]);
    assert.equal(await reload(), 500, 'and the second is as good as the first');
    assert.equal((await memgap.get('/-/healthy')).status, 200);

    await served.answer();
    await until(async () => (await reload()) === 200);
    assert.deepEqual(await told(), [1, 1, 0]);

    await served.hang();
    process.kill(memgap.pid, 'SIGHUP');
    await until(() => childrenOf(memgap).length > 0); // a reader, which has two seconds from here on
    await judgeEnd(memgap, 'SIGTERM', 'exit code 0');
  });
}

async function hostile(t: TestContext, name: string): Promise<Hostile> {
  assert.ok(program.ok);
  const started = await startProcess(program.value, name);
  t.after(started.stop);
  return started;
}

function targetOf({ pid, address }: Hostile, index: number): object {
  return { name: `hung ${index}`, process: { pid }, go: { expvar: `http://${address}/debug/vars` } };
}

/** A memgap with a target that is to be read on its beat whatever the others do. */
function serve(t: TestContext, others: readonly object[]): Promise<Serving> {
  const targets = [{ name: 'good', process: { pid: process.pid } }, ...others];
  return serveMemgap(t, ['--config.file', writeConfig('hung.yml', JSON.stringify({ poll_interval: `${interval}s`, targets }))]);
}

/** The readers that a memgap was seen to have over some seconds. */
async function readersOf(memgap: Serving, seconds: number): Promise<ReadonlySet<number>> {
  const seen = new Set<number>();
  for (const begin = performance.now(); performance.now() - begin < seconds * 1000; await sleep(100)) {
    for (const child of childrenOf(memgap)) if (textOf(`/proc/${child}/cmdline`).includes('/reader.cjs\0')) seen.add(child);
  }
  return seen;
}

function childrenOf({ pid }: Serving): readonly number[] {
  const lists = readdirSync(`/proc/${pid}/task`).map((thread) => textOf(`/proc/${pid}/task/${thread}/children`));
  return lists.flatMap((list) =>
    list
      .split(' ')
      .filter((child) => child !== '')
      .map(Number),
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has gone
  }
}

async function detailOf(memgap: Serving, target: string, source: string): Promise<string> {
  const all: ReadonlyArray<{ name: string; sources: Record<string, { detail?: string }> }> = JSON.parse(
    (await memgap.get('/api/v1/targets')).body,
  );
  return all.find(({ name }) => name === target)?.sources[source]?.detail ?? '';
}

/**
 * It ends, nothing of it but a reader that is stuck is left, and its port is free. The two seconds are a promise to whoever stops it, and
 * take 0.1 s.
 */
async function judgeEnd(memgap: Serving, signal: NodeJS.Signals, how: string): Promise<void> {
  const begin = performance.now();
  process.kill(memgap.pid, signal);
  assert.equal(await Promise.race([memgap.end, sleep(2000, 'still there after 2 s')]), how);
  assert.ok(performance.now() - begin < 2000);
  assert.ok(!existsSync(`/proc/${memgap.pid}`));
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(Number(new URL(memgap.url).port), '127.0.0.1', resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}
