import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GoEndpoints } from '../../src/model/target.ts';
import { createWatch } from '../../src/poll/watch.ts';
import { createRecord } from '../../src/watch/record.ts';
import { here } from '../kernel/process/processes.ts';
import { endpointOf } from '../net/loopback.ts';
import { locateLab, startLab } from '../programs.ts';

const onBug = (error: unknown, source: string) => assert.fail(`${source}: ${error}`);

for (const [source, path] of [
  ['expvar', '/debug/vars'],
  ['pprof', '/debug/pprof'],
  ['metrics', '/go-metrics'],
] as const) {
  test(`a program that is known by its ${source} alone is seen restarted, and its history begins`, async (t) => {
    const program = locateLab('go-newest-pure');
    if (!program.ok) return t.skip(program.detail);
    const first = await startLab(program.value);
    t.after(() => first.stop());
    for (let count = 0; count < 3; count += 1) await first.ask('/gc');
    const go: GoEndpoints = { [source]: endpointOf(t, `http://${first.address}${path}`) };
    const watch = createWatch({ name: 'operator', go, process: undefined }, { paths: here, onBug });
    t.after(() => watch.close());
    const record = createRecord('operator', 0);
    const poll = async () => record.accept(await watch.poll(AbortSignal.timeout(10_000)), 1000);

    assert.deepEqual([await poll(), await poll()], [['up'], []]);
    await first.stop();
    assert.deepEqual(await poll(), ['down']);
    assert.equal(record.state(1000, 45).restarts, 0);
    const second = await startLab(program.value, first.address);
    t.after(() => second.stop());
    assert.deepEqual(await poll(), ['restarted', 'up']);
    assert.deepEqual(await poll(), []);

    const { restarts, past } = record.state(1000, 45);
    assert.equal(restarts, 1);
    assert.equal(past?.polls, 2);
  });
}
