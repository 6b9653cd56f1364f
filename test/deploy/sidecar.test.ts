import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '../../src/cli/arguments.ts';
import { configure } from '../../src/cli/configure.ts';
import { ownPod } from '../../src/discovery/kubernetes/in-cluster.ts';
import { field, list } from './field.ts';
import { restrictedBreaches } from './pod-security.ts';
import { memgapPod, rendered, workloadsOf } from './rendered.ts';

const containers = {
  workloads: { operator: ['memgap', 'migrate', 'manager'], store: ['memgap', 'store'], agent: ['memgap', 'agent'], 'left-alone': ['web'] },
  workloadsPlain: {
    operator: ['migrate', 'manager', 'memgap'],
    store: ['store', 'memgap'],
    agent: ['agent', 'memgap'],
    'left-alone': ['web'],
  },
};

for (const folder of ['workloads', 'workloadsPlain'] as const) {
  test(`every kind of workload gets the sidecar, unless it says no: ${folder}`, (t) => {
    const documents = rendered(t, folder);
    if (documents === undefined) return;

    const placed = workloadsOf(documents).map((document) => {
      const pod = field(document, 'spec', 'template', 'spec');
      const names = [...list(pod, 'initContainers'), ...list(pod, 'containers')].map((each) => field(each, 'name'));
      assert.equal(field(pod, 'shareProcessNamespace'), names.includes('memgap') || undefined);
      assert.equal(
        field(document, 'spec', 'template', 'metadata', 'labels', 'memgap.dev/mode'),
        names.includes('memgap') ? 'sidecar' : undefined,
      );
      return [field(document, 'metadata', 'name'), names];
    });
    assert.deepEqual(Object.fromEntries(placed), containers[folder]);
  });
}

test('the plain sidecar is the native one, but for restartPolicy', (t) => {
  const [native, plain] = [memgapPod(t, 'example'), memgapPod(t, 'examplePlain')];

  assert.deepEqual(native?.memgap, plain && { ...plain.memgap, restartPolicy: 'Always' });
});

for (const folder of ['example', 'examplePlain'] as const) {
  test(`Pod Security "restricted" takes the pod: ${folder}`, (t) => {
    const found = memgapPod(t, folder);
    if (found !== undefined) assert.deepEqual(restrictedBreaches(found.pod), []);
  });

  test(`the sidecar brings all that "restricted" asks of a container, whatever its pod says: ${folder}`, (t) => {
    const found = memgapPod(t, folder);
    if (found !== undefined) assert.deepEqual(restrictedBreaches({ containers: [found.memgap] }), []);
  });

  test(`memgap takes the command line that it is given: ${folder}`, async (t) => {
    const found = memgapPod(t, folder);
    if (found === undefined) return;

    const args = parseArguments(list(found.memgap, 'args').map(String));
    if ('message' in args) assert.fail(args.message);
    const result = await configure(args);
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(result.config.targets[0]?.name, 'manager');
  });
}

for (const folder of ['example', 'examplePlain'] as const) {
  test(`it learns which pod it is in, by what memgap reads: ${folder}`, (t) => {
    const found = memgapPod(t, folder);
    if (found === undefined) return;

    const environment = Object.fromEntries(
      list(found.memgap, 'env').map((each) => [field(each, 'name'), field(each, 'valueFrom', 'fieldRef', 'fieldPath')]),
    );
    assert.deepEqual(environment, { POD_NAME: 'metadata.name', POD_NAMESPACE: 'metadata.namespace' });
    const target = { name: 'manager', go: {}, process: { by: 'exe', exe: 'manager' } } as const;
    assert.deepEqual(ownPod(target, environment), { namespace: 'metadata.namespace', pod: 'metadata.name' });
  });
}

test('the sidecar has the user AND the group of the example operator', (t) => {
  const found = memgapPod(t, 'example');
  if (found === undefined) return;

  for (const { securityContext } of [Object(found.pod), Object(found.memgap)]) {
    assert.deepEqual([field(securityContext, 'runAsUser'), field(securityContext, 'runAsGroup')], [65532, 65532]);
  }
});

for (const folder of ['example', 'examplePlain', 'daemonset'] as const) {
  test(`what memgap asks for, and probes that speak of memgap alone: ${folder}`, (t) => {
    const found = memgapPod(t, folder);
    if (found === undefined) return;

    assert.deepEqual(field(found.memgap, 'resources'), { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } });
    assert.deepEqual(field(found.memgap, 'ports'), [{ name: 'memgap', containerPort: 9779 }]);
    assert.deepEqual(field(found.memgap, 'livenessProbe', 'httpGet'), { path: '/-/healthy', port: 'memgap' });
    assert.deepEqual(field(found.memgap, 'readinessProbe', 'httpGet'), { path: '/-/ready', port: 'memgap' });
  });
}
