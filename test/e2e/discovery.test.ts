import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goProgram } from '../discovery/go-programs.ts';
import { startApi } from '../discovery/kubernetes/api-server.ts';
import { makeGroup } from '../kernel/cgroup/groups.ts';
import type { Lab } from '../programs.ts';
import { memgap, serveMemgap, until, writeConfig } from './memgap.ts';

const uid = '6d3f9a1e-7b2d-4e6f-8a90-1b2c3d4e5f61';

function portOf({ address }: Lab): number {
  return Number(address.split(':').at(-1));
}

test('node mode: Go programs in groups of Kubernetes are found, named, measured, seen restarted and seen going', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  const api = await startApi(t);
  if (!api.ok) return t.skip(api.detail);
  const top = makeGroup(t, 'e2e');
  if (!top.ok) return t.skip(top.detail);
  const pod = makeGroup(t, `pod${uid}`, top.value);
  assert.ok(pod.ok);
  const [id, nextId] = ['1a'.repeat(32), '1b'.repeat(32)];
  const [group, nextGroup] = [makeGroup(t, id, pod.value), makeGroup(t, nextId, pod.value)];
  assert.ok(group.ok && nextGroup.ok);
  const first = await program.value.start();
  group.value.add(first.pid);
  const host = await program.value.start();
  const podIs = (containerId: string) => [
    { namespace: 'shop', name: 'operator-0', uid, ip: '127.0.0.1', containers: { manager: containerId } },
  ];
  api.value.pods = podIs(id);
  const file = writeConfig(
    'discovery.yml',
    JSON.stringify({
      poll_interval: '1s',
      discovery: {
        interval: '1s',
        rules: [{ exe: program.value.name, go: { pprof: portOf(first), expvar: portOf(first) } }],
        kubernetes: {
          node_name: 'worker-1',
          api: { url: api.value.url, authorization: { credentials_file: api.value.tokenFile }, tls_config: { ca_file: api.value.caFile } },
        },
      },
    }),
  );
  const serving = await serveMemgap(t, ['--config.file', file]);
  const name = 'shop/operator-0/manager';
  const labels = { target: name, namespace: 'shop', pod: 'operator-0', container: 'manager' };

  for (const wanted of [labels, { target: program.value.name }]) {
    await until(async () => (await serving.metrics()).value('memgap_rss_attribution_error_ratio', wanted) !== undefined);
  }
  const page = await serving.metrics();
  assert.equal(page.value('memgap_target_up', labels), 1);
  assert.ok((page.value('memgap_go_used_bytes', labels) ?? 0) > 1024 * 1024);
  assert.notEqual(page.value('memgap_cgroup_usage_bytes', labels), undefined);
  assert.equal(page.value('memgap_kubernetes_api_up'), 1);
  assert.equal(page.value('memgap_discovery_targets'), 2);
  for (const [family, { samples }] of page.families) {
    for (const sample of samples) {
      if (sample.labels.target === name) assert.equal(sample.labels.namespace, 'shop', family);
      if (sample.labels.target === program.value.name)
        assert.deepEqual([sample.labels.namespace, sample.labels.pod], [undefined, undefined], family);
      assert.doesNotMatch(JSON.stringify(sample.labels), new RegExp(`"${first.pid}"|"${host.pid}"|/tmp/`), family);
    }
  }
  assert.equal(page.value('memgap_go_used_bytes', { target: program.value.name }), undefined, 'it does not listen on the port of the rule');
  const query = `?target=${encodeURIComponent(name)}`;
  assert.match((await serving.get(`/explain${query}`)).body, /^shop\/operator-0\/manager {2}pid /);
  assert.match((await serving.get(`/probe${query}`)).body, /memgap_target_up\{target="shop\/operator-0\/manager"/);
  const explained = await memgap(['explain', '--config.file', file, name, '--json']);
  assert.equal(explained.code, 0, explained.stderr);
  assert.deepEqual(JSON.parse(explained.stdout).target.container, 'manager');

  await first.stop();
  const second = await program.value.start();
  nextGroup.value.add(second.pid);
  api.value.pods = podIs(nextId);
  await until(async () => (await serving.metrics()).value('memgap_target_restarts_total', { target: name }) === 1);
  await until(async () => (await serving.metrics()).value('memgap_target_up', { target: name }) === 1);

  api.value.answer = (_, response) => response.writeHead(503).end();
  await host.stop();
  await until(async () => (await serving.metrics()).value('memgap_target_up', { target: program.value.name }) === undefined);
  assert.equal((await serving.metrics()).value('memgap_target_up', labels), 1, 'its name stays');
  await serving.stop();
  assert.equal(serving.ended(), 'exit code 0');
  assert.doesNotMatch(serving.log(), /level=error|first-token/);
});
