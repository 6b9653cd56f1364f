import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { field, list } from './field.ts';
import { documentsOf, manifests } from './kustomize.ts';
import { manifestFaults } from './manifest-faults.ts';
import { folders, rendered, workloadsOf } from './rendered.ts';

const files = readdirSync(manifests, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
const kustomizations = files.filter((file) => file.endsWith('kustomization.yaml'));
const [nativePatch, plainPatch] = ['components/sidecar/sidecar.yaml', 'components/sidecar-plain/sidecar.yaml'];
const all = ['example', 'examplePlain', 'daemonset', 'workloads', 'workloadsPlain', 'node', 'both', 'bothPlain'] as const;

for (const file of files.filter((each) => !kustomizations.includes(each) && each !== plainPatch)) {
  test(`the schemas have nothing against ${file}`, () => {
    const documents = documentsOf(readFileSync(join(manifests, file), 'utf8'));

    assert.ok(documents.length > 0);
    const faults = documents.flatMap((document) => manifestFaults(document, file === nativePatch ? 'patch' : 'whole'));
    assert.deepEqual(faults, []);
  });
}

for (const folder of all) {
  test(`kustomize renders ${folder}, and the schemas have nothing against the result`, (t) => {
    const documents = rendered(t, folder);
    if (documents === undefined) return;

    assert.ok(documents.length > 0);
    const faults = documents.flatMap((document) => manifestFaults(document));
    assert.deepEqual(faults, []);
  });
}

test('no component is left out of what is rendered here', () => {
  const used = all.flatMap((name) => list(documentsOf(readFileSync(join(folders[name], 'kustomization.yaml'), 'utf8'))[0], 'components'));

  const names = new Set(used.map((path) => String(path).split('/').at(-1)));
  assert.deepEqual([...names].sort(), readdirSync(join(manifests, 'components')).sort());
});

test('monitors, Service and network policy select the pods that they are for', (t) => {
  const [carrier, sidecars, nodes] = [rendered(t, 'example'), rendered(t, 'workloads'), rendered(t, 'node')];
  if (carrier === undefined || sidecars === undefined || nodes === undefined) return;
  const of = (documents: readonly unknown[], kind: string) => documents.find((document) => field(document, 'kind') === kind);
  const labels = (documents: readonly unknown[]) => field(workloadsOf(documents)[0], 'spec', 'template', 'metadata', 'labels');
  const [inSidecar, inNode] = [labels(carrier), labels(nodes)];
  const service = of(sidecars, 'Service');
  const policy = field(of(sidecars, 'NetworkPolicy'), 'spec', 'podSelector');
  const [forSidecars, forNodes] = [sidecars, nodes].map((documents) => field(of(documents, 'PodMonitor'), 'spec', 'selector'));

  const selected = (selector: unknown) => [inSidecar, inNode, {}].map((pod) => selects(selector, pod));
  assert.deepEqual(selected(forSidecars), [true, false, true]);
  assert.deepEqual(selected(forNodes), [false, true, false]);
  assert.deepEqual(selected(policy), [true, true, false]);
  assert.ok(selects({ matchLabels: field(service, 'spec', 'selector') }, inSidecar));
  assert.ok(selects(field(of(sidecars, 'ServiceMonitor'), 'spec', 'selector'), field(service, 'metadata', 'labels')));
});

test('honorLabels only where memgap itself says namespace, pod and container', (t) => {
  const [sidecars, nodes] = [rendered(t, 'workloads'), rendered(t, 'node')];
  if (sidecars === undefined || nodes === undefined) return;

  const honored = (documents: readonly unknown[]) => endpoints(documents).map((endpoint) => field(endpoint, 'honorLabels'));
  assert.deepEqual(honored(sidecars), [false, false]);
  assert.deepEqual(honored(nodes), [true]);
  for (const endpoint of [...endpoints(sidecars), ...endpoints(nodes)]) assert.equal(field(endpoint, 'port'), 'memgap');
});

test('every object that is of memgap has the recommended labels', (t) => {
  const documents = [rendered(t, 'workloads'), rendered(t, 'node')].flatMap((each) => each ?? []);

  for (const document of documents.filter((each) => String(field(each, 'metadata', 'name')).startsWith('memgap'))) {
    assert.equal(field(document, 'metadata', 'labels', 'app.kubernetes.io/name'), 'memgap', JSON.stringify(document));
    assert.equal(field(document, 'metadata', 'labels', 'app.kubernetes.io/part-of'), 'memgap', JSON.stringify(document));
  }
});

test('every kustomization that names an image gives it the version of package.json', () => {
  const version = field(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')), 'version');

  for (const file of kustomizations) {
    const images = list(documentsOf(readFileSync(join(manifests, file), 'utf8'))[0], 'images');
    for (const image of images) assert.equal(field(image, 'newTag'), version, file);
  }
});

function endpoints(documents: readonly unknown[]): readonly unknown[] {
  return documents.flatMap((document) => [...list(document, 'spec', 'podMetricsEndpoints'), ...list(document, 'spec', 'endpoints')]);
}

/** Kubernetes' label selectors, as far as they are used here; an empty one selects everything. */
function selects(selector: unknown, labels: unknown): boolean {
  const equal = Object.entries(Object(field(selector, 'matchLabels'))).every(([key, value]) => field(labels, key) === value);
  const expressions = list(selector, 'matchExpressions').every((expression) => {
    const among = list(expression, 'values').includes(field(labels, String(field(expression, 'key'))));
    return field(expression, 'operator') === 'NotIn' ? !among : among;
  });
  return equal && expressions;
}
