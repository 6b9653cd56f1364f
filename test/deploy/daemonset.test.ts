import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseArguments } from '../../src/cli/arguments.ts';
import { loadConfig } from '../../src/config/load.ts';
import { field, list } from './field.ts';
import { restrictedBreaches } from './pod-security.ts';
import { folders, memgapPod, rendered, workloadsOf } from './rendered.ts';

test('the DaemonSet has the rights that it needs to read other users, and none more', (t) => {
  const found = memgapPod(t, 'daemonset');
  if (found === undefined) return;

  const context = field(found.memgap, 'securityContext');
  assert.deepEqual(field(context, 'capabilities'), { drop: ['ALL'], add: ['SYS_PTRACE'] });
  assert.equal(field(context, 'allowPrivilegeEscalation'), false);
  assert.equal(field(context, 'readOnlyRootFilesystem'), true);
  for (const mount of list(found.memgap, 'volumeMounts')) assert.equal(field(mount, 'readOnly'), true);
  assert.deepEqual([...restrictedBreaches(found.pod)].sort(), [
    'container memgap: capabilities.add SYS_PTRACE',
    'container memgap: runAsNonRoot is not true',
    'container memgap: runAsUser is 0',
    'hostPID',
    'volume cgroup: hostPath',
  ]);
});

test('it learns the name of its node, and reads the cgroup tree that is mounted', (t) => {
  const found = memgapPod(t, 'daemonset');
  if (found === undefined) return;

  assert.deepEqual(field(found.memgap, 'env'), [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }]);
  const args = parseArguments(list(found.memgap, 'args').map(String));
  if ('message' in args) assert.fail(args.message);
  const mounts = list(found.memgap, 'volumeMounts').map((mount) => [field(mount, 'name'), field(mount, 'mountPath')]);
  assert.deepEqual(Object.fromEntries(mounts), { cgroup: args.text('path.cgroupfs'), config: '/etc/memgap' });
  assert.equal(args.text('config.file'), '/etc/memgap/memgap.yml');
});

test('memgap has nothing against its config file', async () => {
  const result = await loadConfig(join(folders.daemonset, 'memgap.yml'));

  assert.ok(result.ok, JSON.stringify(result));
});

test('all that it may ask the API server: get and list pods', (t) => {
  const documents = rendered(t, 'daemonset');
  if (documents === undefined) return;

  const roles = documents.filter((document) => String(field(document, 'kind')).endsWith('Role'));
  const rules = roles.flatMap((role) => list(role, 'rules'));
  assert.deepEqual(rules, [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }]);
});

for (const folder of ['both', 'bothPlain'] as const) {
  test(`no sidecar component touches it, who stands in the same kustomization as a workload that gets one: ${folder}`, (t) => {
    const [alone, together] = [rendered(t, 'daemonset'), rendered(t, folder)];
    if (alone === undefined || together === undefined) return;
    const containersOf = (document: unknown) =>
      ['initContainers', 'containers']
        .flatMap((name) => list(document, 'spec', 'template', 'spec', name))
        .map((each) => field(each, 'name'));

    const [own] = workloadsOf(alone);
    assert.deepEqual(
      workloadsOf(together).find((document) => field(document, 'kind') === 'DaemonSet'),
      own,
    );
    assert.deepEqual(containersOf(own), ['memgap']);
    const other = workloadsOf(together).find((document) => field(document, 'kind') === 'Deployment');
    assert.ok(containersOf(other).includes('memgap'));
  });
}

test('in a namespace of your own its service account keeps the role; image and config file can be yours', (t) => {
  const documents = rendered(t, 'node');
  const found = memgapPod(t, 'node');
  if (documents === undefined || found === undefined) return;
  const of = (kind: string) => documents.find((document) => field(document, 'kind') === kind);

  assert.deepEqual(field(of('ClusterRoleBinding'), 'subjects'), [
    { kind: 'ServiceAccount', name: field(found.pod, 'serviceAccountName'), namespace: 'observability' },
  ]);
  assert.equal(field(found.memgap, 'image'), 'example/memgap:mine');
  assert.match(String(field(of('ConfigMap'), 'data', 'memgap.yml')), /exe: mine/);
  assert.equal(field(found.pod, 'volumes', 0, 'configMap', 'name'), field(of('ConfigMap'), 'metadata', 'name'));
});
