import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, DiscoveryConfig } from '../../src/model/config.ts';
import { createSampler } from '../../src/watch/sampler.ts';
import { goProgram } from '../discovery/go-programs.ts';
import { startApi } from '../discovery/kubernetes/api-server.ts';
import { makeGroup } from '../kernel/cgroup/groups.ts';
import { here } from '../kernel/process/processes.ts';

const interval = 50;

function sampling(t: TestContext) {
  const lines: string[] = [];
  const log = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message}${'target' in fields ? ` ${fields.target}` : ''}${'err' in fields ? ` ${fields.err}` : ''}`);
  };
  const sampler = createSampler(here, { info: log('info'), warn: log('warn'), error: log('error') });
  t.after(() => sampler.stop());
  return { sampler, lines };
}

function config(discovery: Partial<DiscoveryConfig> & Pick<DiscoveryConfig, 'rules'>, more: Partial<Config> = {}): Config {
  return { pollInterval: interval, pollTimeout: 5000, targets: [], discovery: { interval, maxTargets: 100, ...discovery }, ...more };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

test('discovered targets come, are restarted and go, with their series, and memgap goes on', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  const { name } = program.value;
  const { sampler, lines } = sampling(t);
  sampler.apply(config({ rules: [{ exe: name, go: {} }] }));
  await until(() => sampler.discovery()?.last !== undefined);
  assert.deepEqual(sampler.all(), []);

  const first = await program.value.start();
  await until(() => sampler.find(name)?.condition === 'up');
  await first.stop();
  const second = await program.value.start();
  await until(() => sampler.find(name)?.restarts === 1 && sampler.find(name)?.condition === 'up');
  const process = sampler.find(name)?.ledger?.snapshot.process;
  assert.equal(process?.ok && process.value.pid, second.pid);

  await second.stop();
  await until(() => sampler.all().length === 0);
  assert.equal(sampler.find(name), undefined);
  await program.value.start();
  await until(() => sampler.find(name)?.restarts === 2 /* it was away, and is the same container all the same */);
  assert.deepEqual(
    lines.filter((line) => !/^info|target is down/.test(line)),
    [],
  );
});

test('a target that gets its name later is the same target: nothing of it is lost', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  const api = await startApi(t);
  if (!api.ok) return t.skip(api.detail);
  const uid = '5c3f9a1e-7b2d-4e6f-8a90-1b2c3d4e5f60';
  const top = makeGroup(t, `pod${uid}`);
  if (!top.ok) return t.skip(top.detail);
  const id = '0d'.repeat(32);
  const pod = makeGroup(t, `pod${uid}`, top.value);
  assert.ok(pod.ok);
  const group = makeGroup(t, id, pod.value);
  assert.ok(group.ok);
  const { pid } = await program.value.start();
  group.value.add(pid);
  const { sampler, lines } = sampling(t);
  const rules = [{ exe: program.value.name, go: {} }];
  sampler.apply(config({ rules }));
  const nameless = `pod-${uid}/${id.slice(0, 12)}`;
  await until(() => (sampler.find(nameless)?.past?.polls ?? 0) >= 2);

  // as when the API server answers at last: the same discovery would ask it again after a pause of seconds
  api.value.pods = [{ namespace: 'shop', name: 'operator-0', uid, containers: { manager: id } }];
  const before = sampler.find(nameless)?.past?.since;
  sampler.apply(config({ rules, kubernetes: { nodeName: 'worker-1', api: api.value.endpoint } }));
  await until(() => sampler.find('shop/operator-0/manager')?.condition === 'up');
  const state = sampler.find('shop/operator-0/manager');
  assert.deepEqual(state?.labels, { namespace: 'shop', pod: 'operator-0', container: 'manager' });
  assert.equal(sampler.find(nameless), undefined);
  assert.ok(before !== undefined && state?.restarts === 0);
  assert.equal(state.past?.since, before);
  await until(() => sampler.find('shop/operator-0/manager')?.ledger?.snapshot.target === 'shop/operator-0/manager');
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('info')),
    [],
  );
});

test('configured and discovered targets live side by side; without `discovery` the discovered ones end', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  const { name } = program.value;
  await program.value.start();
  const { sampler } = sampling(t);
  const own = { name, go: {}, process: { by: 'pid', pid: process.pid } } as const;
  sampler.apply(config({ rules: [{ exe: name, go: {} }] }, { targets: [own] }));
  await until(() => sampler.all().length === 2 && sampler.all().every(({ condition }) => condition === 'up'));
  assert.deepEqual(
    sampler.all().map((state) => state.name),
    [name, `${name}-2`],
  );
  sampler.apply({ pollInterval: interval, pollTimeout: 5000, targets: [own] });
  assert.deepEqual(
    sampler.all().map((state) => state.name),
    [name],
  );
  assert.equal(sampler.discovery(), undefined);
});

test('processes beyond max_targets are told once, and counted', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  await program.value.start();
  await program.value.start();
  const { sampler, lines } = sampling(t);
  sampler.apply(config({ rules: [{ exe: program.value.name, go: {} }], maxTargets: 1 }));
  await until(() => sampler.discovery()?.last?.leftOut === 1 && sampler.all()[0]?.condition === 'up');
  await sleep(3 * interval);

  assert.equal(lines.filter((line) => line.startsWith('warn more processes than discovery.max_targets')).length, 1);
  assert.equal(sampler.all().length, 1);
});
