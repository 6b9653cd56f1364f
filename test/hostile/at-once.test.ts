import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { probe } from '../../bench/probe.ts';
import { type Serving, serveMemgap, writeConfig } from '../e2e/memgap.ts';
import { locateHostile, locateLab, startLab } from '../programs.ts';
import { expected } from './expected.ts';
import type { HostileTarget } from './families.ts';
import { missedBeats } from './missed-beats.ts';
import { drips, mixture, startMixture } from './mixture.ts';
import { watchPolls } from './watch-polls.ts';

const interval = 5; // seconds
const watched = 45;
const good = 3;

for (const [what, paths] of Object.entries({ 'thirty of all kinds': mixture, 'thirty endpoints that send a byte a second': drips })) {
  test(`${what} at once: no poll of the good ones is missed, no probe refused`, { timeout: 300_000 }, async (t) => {
    const program = locateHostile();
    if (!program.ok) return t.skip(program.detail);
    const lab = locateLab('go-newest-pure');
    if (!lab.ok) return t.skip(lab.detail);
    const hostile = await startMixture(program.value, paths);
    t.after(hostile.stop); // before memgap's end: what hangs goes on then
    for (const { path, why } of hostile.missing) await t.test(`${path} is among them`, (t) => t.skip(why));
    const goods = await startGood(t, lab.value);
    const targets = [...goods, ...hostile.targets];
    const file = writeConfig(`at-once-${paths[1]?.replace('/', '-')}.yml`, JSON.stringify({ poll_interval: `${interval}s`, targets }));
    const serving = await serveMemgap(t, ['--config.file', file]);
    await sleep(2 * interval * 1000); // all connections are open, all mappings walked once

    const [probes, { polls, descriptors }] = await Promise.all([probe(`${serving.url}/-/healthy`, watched), watchPolls(serving, watched)]);

    t.diagnostic(`descriptors: at most ${descriptors}; probes: ${JSON.stringify(probes)}`);
    for (const { name } of goods) assert.deepEqual(missedBeats(polls.get(name) ?? [], interval, watched), [], `${name}: polls on its beat`);
    assert.equal(probes.refused, 0, JSON.stringify(probes));
    assert.ok(descriptors <= 40 + 2 * targets.length, `${descriptors} descriptors: two connections a target are enough`);
    await judgeAll(serving, hostile.targets, goods);
    const stuck = (await serving.metrics()).value('memgap_self_stuck_readers');
    if (stuck === undefined) t.diagnostic('this memgap has no memgap_self_stuck_readers');
    else assert.ok(stuck <= Number(paths.includes('process/hung-lower-layer')), `${stuck} stuck readers`);
    assert.doesNotMatch(serving.log(), /bug in memgap/);
    assert.equal(serving.ended(), undefined);
  });
}

async function startGood(t: TestContext, path: string): Promise<readonly HostileTarget[]> {
  const goods: HostileTarget[] = [];
  for (let index = 1; index <= good; index += 1) {
    const lab = await startLab(path);
    t.after(lab.stop);
    goods.push({ name: `good ${index}`, go: { pprof: `http://${lab.address}/debug/pprof` }, process: { pid: lab.pid } });
  }
  return goods;
}

async function judgeAll(serving: Serving, hostile: readonly HostileTarget[], goods: readonly HostileTarget[]): Promise<void> {
  const page = await serving.metrics(); // read strictly
  const targets: ReadonlyArray<{ readonly name: string; readonly sources?: Readonly<Record<string, { ok: boolean; reason?: string }>> }> =
    JSON.parse((await serving.get('/api/v1/targets')).body);
  for (const { name } of hostile) {
    const allowed: readonly string[] = expected[name.split(' ')[0] ?? ''] ?? [];
    const { sources = {} } = targets.find((each) => each.name === name) ?? {};
    const go = Object.entries(sources).filter(([source]) => ['expvar', 'metrics', 'pprof_heap'].includes(source));
    for (const [source, { ok, reason = '' }] of go) {
      assert.ok(allowed.includes(ok ? 'ok' : reason), `${name}: ${source} is ${ok ? 'ok' : reason}, and may be ${allowed}`);
    }
  }
  for (const { name } of goods) {
    assert.equal(page.value('memgap_target_up', { target: name }), 1, name);
    assert.deepEqual(page.by('memgap_source_errors_total', 'reason', { target: name, source: 'pprof_heap' }), {}, name);
  }
}
