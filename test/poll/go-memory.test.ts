import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWatch } from '../../src/poll/watch.ts';
import { here } from '../kernel/process/processes.ts';
import { locateLab, startLab } from '../programs.ts';

const onBug = (error: unknown, source: string) => assert.fail(`${source}: ${error}`);

test('with memory reads a bare pid gives the Go book and the RSS book, at the first poll and at the next', async (t) => {
  const path = locateLab('go1.19-pure');
  if (!path.ok) return t.skip(path.detail);
  const lab = await startLab(path.value);
  t.after(() => lab.stop());
  const target = { name: 'lab', go: {}, process: { by: 'pid', pid: lab.pid } } as const;
  const watch = createWatch(target, { paths: here, onBug, memoryReads: true });
  t.after(() => watch.close());

  for (const turn of [1, 2]) {
    const { snapshot, mapped } = await watch.poll(AbortSignal.timeout(10_000));
    assert.ok(snapshot.go.ok, `poll ${turn}: ${JSON.stringify(snapshot.go)}`);
    assert.equal(snapshot.goSource, 'runtime_memory');
    assert.ok(snapshot.bracket.ok && mapped.ok);
    assert.ok(mapped.value.value.score < 0.01, String(mapped.value.value.score));
  }
});

test('without the opt-in no memory is read', async (t) => {
  const path = locateLab('go1.19-pure');
  if (!path.ok) return t.skip(path.detail);
  const lab = await startLab(path.value);
  t.after(() => lab.stop());
  const watch = createWatch({ name: 'lab', go: {}, process: { by: 'pid', pid: lab.pid } }, { paths: here, onBug });
  t.after(() => watch.close());
  const { snapshot } = await watch.poll(AbortSignal.timeout(10_000));

  assert.equal(!snapshot.go.ok && snapshot.go.reason, 'disabled');
  assert.ok(!('runtime_memory' in snapshot.sources) && !('malloc_chunks' in snapshot.sources));
});

test('a program without such counters is searched once, and the reason stands', async (t) => {
  const watch = createWatch({ name: 'node', go: {}, process: { by: 'pid', pid: process.pid } }, { paths: here, onBug, memoryReads: true });
  t.after(() => watch.close());
  const first = await watch.poll(AbortSignal.timeout(10_000));
  const second = await watch.poll(AbortSignal.timeout(10_000));

  assert.ok(!first.snapshot.go.ok);
  assert.equal(first.snapshot.sources.runtime_memory?.ok, false);
  assert.ok(!second.failures.some(({ source }) => source === 'runtime_memory'));
});
