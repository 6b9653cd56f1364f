import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { answer, freePort } from '../../scripts/child.ts';
import { createWatch } from '../../src/poll/watch.ts';
import { createRecord } from '../../src/watch/record.ts';
import { startBecoming } from '../kernel/process/becoming.ts';
import { folder, here } from '../kernel/process/processes.ts';
import { endpointOf } from '../net/loopback.ts';
import { locateLab } from '../programs.ts';

const mib = 1024 ** 2;
const onBug = (error: unknown, source: string) => assert.fail(`${source}: ${error}`);

/** A shell that becomes a lab of the same name, so that neither pid, start time nor name tells it, and the lab's address. */
async function startWrapped(t: TestContext, lab: string) {
  const alias = join(folder(t), 'sh');
  symlinkSync(lab, alias);
  const address = `127.0.0.1:${await freePort()}`;
  const shell = await startBecoming(t, [alias, '-listen', address]);
  async function become(): Promise<void> {
    await shell.become();
    await answer(shell, `http://${address}/debug/vars`);
    await (await fetch(`http://${address}/grow?mib=30`)).text();
  }
  return { pid: shell.pid, address, become };
}

test('a shell that becomes a Go program is read anew, at once: its mappings, its build, its runtime; and its history begins', async (t) => {
  const lab = locateLab('go-newest-pure');
  if (!lab.ok) return t.skip(lab.detail);
  const { pid, address, become } = await startWrapped(t, lab.value);
  const expvar = endpointOf(t, `http://${address}/debug/vars`);
  const watch = createWatch({ name: 'operator', go: { expvar }, process: { by: 'pid', pid } }, { paths: here, onBug });
  t.after(() => watch.close());
  const record = createRecord('operator', 0);
  const poll = async (at: number) => {
    const taken = await watch.poll(AbortSignal.timeout(10_000));
    return { ...taken, changes: record.accept(taken, at) };
  };

  for (const at of [1000, 1015, 1030]) {
    const { snapshot, mapped } = await poll(at); // by now the endpoint is asked at every fourth poll only
    assert.ok(snapshot.process.ok && mapped.ok && !snapshot.go.ok && !snapshot.build.ok);
  }
  await become();
  const { snapshot, mapped, changes } = await poll(1045);

  assert.ok(snapshot.go.ok, JSON.stringify(snapshot.go));
  assert.ok(snapshot.build.ok, JSON.stringify(snapshot.build));
  assert.ok(mapped.ok);
  const { total, score } = mapped.value.value;
  assert.ok(total > 30 * mib, `a book of ${total} bytes is the shell's`);
  assert.ok(score < 0.01, String(score));
  assert.deepEqual(changes, ['replaced']);
  const { restarts, past } = record.state(1045, 45);
  assert.equal(restarts, 0, 'neither pid nor start time has changed');
  assert.equal(past?.polls, 1, 'nothing of the shell');
  assert.ok((past?.first('rss') ?? 0) > 30 * mib);
});

test('with memory reads a shell that is no Go program is not kept for that: the program in its place is searched at once', async (t) => {
  const lab = locateLab('go1.19-pure');
  if (!lab.ok) return t.skip(lab.detail);
  const { pid, become } = await startWrapped(t, lab.value);
  const watch = createWatch({ name: 'operator', go: {}, process: { by: 'pid', pid } }, { paths: here, onBug, memoryReads: true });
  t.after(() => watch.close());
  const before = await watch.poll(AbortSignal.timeout(10_000));
  await become();
  const after = await watch.poll(AbortSignal.timeout(10_000));

  assert.ok(!before.snapshot.go.ok && before.snapshot.sources.runtime_memory?.ok === false);
  assert.ok(after.snapshot.go.ok && after.mapped.ok, JSON.stringify(after.snapshot.go));
  assert.equal(after.snapshot.goSource, 'runtime_memory');
  assert.ok(after.mapped.value.value.score < 0.01, String(after.mapped.value.value.score));
});
