import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { freePort } from '../../scripts/child.ts';
import type { Reading } from '../../src/model/reading.ts';
import type { TargetConfig } from '../../src/model/target.ts';
import type { Poll } from '../../src/poll/poll.ts';
import { createWatch, type Watch } from '../../src/poll/watch.ts';
import { here, start, stateOf, until } from '../kernel/process/processes.ts';
import { endpointOf } from '../net/loopback.ts';
import { locateLab, startLab } from '../programs.ts';
import { goPages, goServer, hangs } from './go-server.ts';
import { madeProcess } from './made-process.ts';

const mib = 1024 ** 2;

function watching(t: TestContext, target: Omit<TargetConfig, 'name'>, paths = here): Watch {
  const onBug = (error: unknown, source: string) => assert.fail(`${source}: ${error}`);
  const watch = createWatch({ name: 'operator', ...target }, { paths, onBug });
  t.after(() => watch.close());
  return watch;
}

function poll(watch: Watch, deadline = 5000): Promise<Poll> {
  return watch.poll(AbortSignal.timeout(deadline));
}

function reasonOf(reading: Reading<unknown>): string {
  return reading.ok ? 'known' : reading.reason;
}

/** Whether this kernel has smaps_rollup, pressure and so on is not the matter here. */
function failedGo(failures: Poll['failures']): readonly string[] {
  return failures.filter(({ source }) => source === 'expvar').map(({ source, reason }) => `${source} ${reason}`);
}

/** The expvar page with so much more memory, as a runtime would tell it. */
function withMore(size: number): string {
  const page = JSON.parse(goPages.expvar);
  page.memstats.Sys += size;
  page.memstats.OtherSys += size;
  return JSON.stringify(page);
}

test('a process that exits before it is read: the Go numbers stand, all else is gone', async (t) => {
  const server = await goServer(t);
  const pid = await start(t, '/bin/sleep', ['600']);
  server.answer('expvar', async (_, response) => {
    if (server.asked().length === 1 && stateOf(pid) !== '') process.kill(pid, 'SIGKILL');
    await until(() => stateOf(pid) === '');
    response.end(goPages.expvar);
  });

  const { snapshot, failures } = await poll(watching(t, { go: server.endpoints, process: { by: 'pid', pid } }));

  assert.equal(reasonOf(snapshot.go), 'known');
  for (const name of ['process', 'status', 'cgroup', 'events', 'others', 'rollup', 'bracket', 'build'] as const)
    assert.equal(reasonOf(snapshot[name]), 'gone', name);
  assert.ok(failures.some(({ source, reason }) => source === 'status' && reason === 'gone'));
});

test('a process that exits after it was read: what was read of it is not shown', async (t) => {
  const server = await goServer(t);
  const pid = await start(t, '/bin/sleep', ['600']);
  let reads = 0;
  server.answer('expvar', async (_, response) => {
    reads += 1;
    if (reads === 2) {
      process.kill(pid, 'SIGKILL');
      await until(() => stateOf(pid) === '');
    }
    response.end(goPages.expvar);
  });
  const watch = watching(t, { go: server.endpoints, process: { by: 'pid', pid } });

  const { snapshot } = await poll(watch);

  assert.equal(reads, 2);
  assert.equal(snapshot.sources.status?.ok, true, 'it was read');
  for (const name of ['process', 'status', 'cgroup', 'rollup', 'bracket'] as const) assert.equal(reasonOf(snapshot[name]), 'gone', name);
  assert.equal(reasonOf((await poll(watch)).snapshot.process), 'gone', 'and at the next poll it is looked for again');
});

test('a pid and a URL of two different processes are refused, and neither number passes for the other', async (t) => {
  const program = locateLab('go-newest-pure');
  if (!program.ok) return t.skip(program.detail);
  const [one, other] = [await startLab(program.value), await startLab(program.value)];
  t.after(() => Promise.all([one.stop(), other.stop()]));
  const expvar = endpointOf(t, `http://${other.address}/debug/vars`);
  const watch = watching(t, { go: { expvar }, process: { by: 'pid', pid: one.pid } });

  for (const _ of [1, 2]) {
    const { snapshot, failures } = await poll(watch);
    assert.equal(reasonOf(snapshot.go), 'mismatch');
    assert.match(snapshot.go.ok ? '' : snapshot.go.detail, new RegExp(`belongs to process ${other.pid}, not to process ${one.pid}`));
    assert.equal(reasonOf(snapshot.bracket), 'mismatch');
    assert.equal(reasonOf(snapshot.status), 'known', 'the process that was named stands');
    assert.equal(snapshot.sources.expvar?.ok, false);
    assert.deepEqual(failedGo(failures), ['expvar mismatch']);
  }

  const right = endpointOf(t, `http://${one.address}/debug/vars`);
  const { snapshot } = await poll(watching(t, { go: { expvar: right }, process: { by: 'pid', pid: one.pid } }));
  assert.equal(reasonOf(snapshot.go), 'known');
  assert.equal(reasonOf(snapshot.bracket), 'known');
});

test('Go numbers that move under every read are taken again, five times, and then marked', async (t) => {
  const server = await goServer(t);
  const { pid, paths } = madeProcess(t);
  let reads = 0;
  server.answer('expvar', (_, response) => response.end(withMore(64 * mib * reads++)));

  const { snapshot } = await poll(watching(t, { go: server.endpoints, process: { by: 'pid', pid } }, paths));

  assert.deepEqual(snapshot.bracket, { ok: true, value: { skew: 64 * mib, stable: false, attempts: 6 } });
  assert.equal(reads, 7, 'the last side of one bracket is the first of the next');
  assert.deepEqual([...new Set(server.asked())], ['expvar', 'index']);
});

test('of attempts that all moved too far the narrowest is shown, all of it', async (t) => {
  const server = await goServer(t);
  const { pid, paths } = madeProcess(t);
  const sizes = [0, 640, 320, 300, 620, 0, 640];
  let reads = 0;
  server.answer('expvar', (_, response) => response.end(withMore((sizes[reads++] ?? 0) * mib)));

  const { snapshot } = await poll(watching(t, { go: server.endpoints, process: { by: 'pid', pid } }, paths));

  assert.deepEqual(snapshot.bracket, { ok: true, value: { skew: 20 * mib, stable: false, attempts: 6 } });
  const { Sys } = JSON.parse(withMore(300 * mib)).memstats;
  assert.equal(snapshot.go.ok && snapshot.go.value.memstats.sys, Sys);
});

test('a heap profile says when its values are taken: a further attempt does not wait for the end of it', async (t) => {
  const server = await goServer(t);
  const { pid, paths } = madeProcess(t);
  const page = goPages.heap.replace(/^# MaxRSS = .*$/m, `# MaxRSS = ${1024 * mib}`);
  const moved = page.replace(/^# (Sys|OtherSys) = (\d+)$/gm, (_, name, size) => `# ${name} = ${Number(size) + 64 * mib}`);
  let reads = 0;
  let letGo = () => {};
  server.answer('heap', (_, response) => {
    reads += 1;
    if (reads === 3) {
      response.write(moved.slice(0, 100));
      letGo = () => response.end(moved.slice(100));
    } else {
      letGo(); // the one before ends only when the next one is asked for
      response.end(reads === 1 ? page : moved);
    }
  });
  const { pprof } = server.endpoints;

  const { snapshot } = await poll(watching(t, { go: { pprof }, process: { by: 'pid', pid } }, paths));

  assert.deepEqual(snapshot.bracket, { ok: true, value: { skew: 0, stable: true, attempts: 2 } });
  assert.equal(reads, 4);
});

test('Go numbers that moved once are stable the second time', async (t) => {
  const server = await goServer(t);
  const { pid, paths } = madeProcess(t);
  let reads = 0;
  server.answer('expvar', (_, response) => response.end(withMore(reads++ === 0 ? 0 : 64 * mib)));

  const { snapshot } = await poll(watching(t, { go: server.endpoints, process: { by: 'pid', pid } }, paths));

  assert.deepEqual(snapshot.bracket, { ok: true, value: { skew: 0, stable: true, attempts: 2 } });
  assert.equal(reads, 3);
});

test('the mappings are walked within their budget; between two walks the last book stands, with its age and its cost', async (t) => {
  const watch = watching(t, { go: {}, process: { by: 'pid', pid: process.pid } });
  const first = await poll(watch);
  const second = await poll(watch);

  assert.ok(first.mapped.ok && second.mapped.ok);
  assert.equal(second.mapped.value, first.mapped.value);
  assert.ok(second.mapped.value.at <= first.snapshot.takenAt);
  assert.equal(first.snapshot.sources.smaps?.ok, true);
  assert.equal(second.snapshot.sources.smaps, first.snapshot.sources.smaps);
});

test('Go numbers of more heap than the process has mapped are refused; the book of its mappings stands', async (t) => {
  const server = await goServer(t);
  const { snapshot, mapped, failures } = await poll(watching(t, { go: server.endpoints, process: { by: 'pid', pid: process.pid } }));

  assert.equal(reasonOf(snapshot.go), 'mismatch');
  assert.match(snapshot.go.ok ? '' : snapshot.go.detail, /more heap than this process has mapped/);
  assert.equal(reasonOf(mapped), 'known');
  assert.deepEqual(failedGo(failures), ['expvar mismatch']);
});

test('what a runtime tells beyond what its process has mapped is shown nowhere, whichever of its reads it is', async (t) => {
  for (const reads of [
    [0, 2 ** 45],
    [2 ** 45, 0],
    [2 ** 45, 2 ** 45],
    [2 ** 50, 2 ** 50],
  ]) {
    const server = await goServer(t);
    const { pid, paths } = madeProcess(t);
    let read = 0;
    server.answer('expvar', (_, response) => response.end(withMore(reads[read++ % reads.length] ?? 0)));
    const { expvar } = server.endpoints;
    const watch = watching(t, { go: { expvar }, process: { by: 'pid', pid } }, paths);
    for (let n = 0; n < 2; n += 1) {
      const { snapshot } = await poll(watch);
      const { go, bracket } = snapshot;
      if (go.ok) assert.ok(go.value.memstats.sys < 2 ** 31, `Sys is ${go.value.memstats.sys}`);
      else assert.equal(go.reason, reads.includes(2 ** 50) ? 'malformed' : 'mismatch');
      assert.ok(!bracket.ok || bracket.value.skew < 2 ** 31, JSON.stringify(bracket));
    }
  }
});

test('what is read once of a process is shown at every poll, its source too', async (t) => {
  const watch = watching(t, { go: {}, process: { by: 'pid', pid: process.pid } });
  const first = (await poll(watch)).snapshot;
  const second = (await poll(watch)).snapshot;

  assert.equal(reasonOf(first.build), 'unsupported', 'node is no Go program');
  assert.equal(second.build, first.build);
  assert.equal(second.limits, first.limits);
  assert.deepEqual(
    Object.keys(second.sources).sort(),
    [...new Set([...Object.keys(first.sources), 'stat'])].filter((name) => name !== 'process').sort(),
  );
});

test('an endpoint that hangs costs the Go numbers and nothing else', async (t) => {
  const server = await goServer(t);
  server.answer('expvar', hangs);
  const { expvar } = server.endpoints;

  const { snapshot, failures } = await poll(watching(t, { go: { expvar }, process: { by: 'pid', pid: process.pid } }), 200);

  assert.equal(reasonOf(snapshot.go), 'timeout');
  assert.equal(reasonOf(snapshot.status), 'known');
  assert.equal(reasonOf(snapshot.process), 'known');
  assert.deepEqual(failedGo(failures), ['expvar timeout']);
});

test('without a process the Go numbers stand alone; with neither there is a reason for each', async (t) => {
  const server = await goServer(t);
  const alone = (await poll(watching(t, { go: server.endpoints, process: undefined }))).snapshot;
  assert.equal(reasonOf(alone.go), 'known');
  assert.equal(reasonOf(alone.status), 'disabled');
  assert.deepEqual(Object.keys(alone.sources), ['expvar', 'pprof_index']);

  const expvar = endpointOf(t, `http://127.0.0.1:${await freePort()}/debug/vars`);
  const none = (await poll(watching(t, { go: { expvar }, process: undefined }))).snapshot;
  assert.equal(reasonOf(none.go), 'unreachable');
  assert.equal(reasonOf(none.profiles), 'unreachable');
});
