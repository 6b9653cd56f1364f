import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config/load.ts';
import { locate } from '../programs.ts';
import { block, blockCount, blocks } from './docs-blocks.ts';
import { field, list } from './field.ts';
import { documentsOf, render } from './kustomize.ts';
import { manifestFaults } from './manifest-faults.ts';
import { restrictedBreaches } from './pod-security.ts';

const whole = ['metrics-reader.yaml', 'networkpolicy.yaml: memgap for Prometheus only, everything else as before'];
const patches = ['memgap.yaml', 'daemonset.yaml'];
const elsewhere = [
  'kustomization.yaml',
  'memgap.yaml, with another port',
  'kustomization.yaml, with a config file',
  'kustomization.yaml, for nodes',
  'memgap.yml',
  'prometheus.yml',
  'same-ids.yaml',
];

test('every YAML block of docs/kubernetes.md is one that is checked here', () => {
  assert.equal(blocks.size, blockCount);
  assert.deepEqual([...blocks.keys()].sort(), [...whole, ...patches, ...elsewhere].sort());
});

for (const title of [...whole, ...patches]) {
  test(`the schemas have nothing against a block of the docs: ${title}`, () => {
    const how = patches.includes(title) ? 'patch' : 'whole';
    const faults = documentsOf(block(title)).flatMap((document) => manifestFaults(document, how));
    assert.deepEqual(faults, []);
  });
}

test('the five minutes render: the sidecar has the ids, the arguments and the registry of the patch, and is "restricted"', (t) => {
  const documents = renderedWith(t, { 'kustomization.yaml': 'kustomization.yaml', 'memgap.yaml': 'memgap.yaml' });
  if (documents === undefined) return;

  const pod = podOf(documents);
  const memgap = field(pod, 'initContainers', 0);
  assert.deepEqual(restrictedBreaches(pod), []);
  assert.equal(field(memgap, 'image'), 'example/memgap:0.2.0');
  assert.equal(field(memgap, 'securityContext', 'runAsUser'), field(pod, 'containers', 0, 'securityContext', 'runAsUser'));
  assert.equal(field(memgap, 'securityContext', 'runAsGroup'), field(pod, 'containers', 0, 'securityContext', 'runAsGroup'));
  assert.equal(list(memgap, 'args')[1], `--target.name=${field(pod, 'containers', 0, 'name')}`);
  const namespaces = documents.map((document) => field(document, 'metadata', 'namespace'));
  assert.deepEqual(namespaces, ['operator-system', 'operator-system']);
});

test('another port replaces the usual one', (t) => {
  const documents = renderedWith(t, { 'kustomization.yaml': 'kustomization.yaml', 'memgap.yaml': 'memgap.yaml, with another port' });
  if (documents === undefined) return;

  assert.deepEqual(field(podOf(documents), 'initContainers', 0, 'ports'), [{ name: 'memgap', containerPort: 19779 }]);
});

test('a config file is mounted where the sidecar looks for it', (t) => {
  const documents = renderedWith(t, {
    'kustomization.yaml': 'kustomization.yaml, with a config file',
    'metrics-reader.yaml': 'metrics-reader.yaml',
    'memgap.yml': 'memgap.yml',
  });
  if (documents === undefined) return;

  const config = documents.find((document) => field(document, 'kind') === 'ConfigMap');
  const pod = podOf(documents);
  assert.deepEqual(restrictedBreaches(pod), []);
  assert.equal(field(pod, 'volumes', 0, 'configMap', 'name'), field(config, 'metadata', 'name'));
  assert.deepEqual(list(pod, 'initContainers', 0, 'args'), ['serve', '--config.file=/etc/memgap/memgap.yml']);
  assert.equal(field(pod, 'initContainers', 0, 'volumeMounts', 0, 'mountPath'), '/etc/memgap');
});

test('the node overlay takes a config file and one capability more', (t) => {
  const documents = renderedWith(
    t,
    { 'kustomization.yaml': 'kustomization.yaml, for nodes', 'memgap.yml': 'memgap.yml', 'daemonset.yaml': 'daemonset.yaml' },
    'patches: [{ path: daemonset.yaml, target: { kind: DaemonSet } }]\n',
  );
  if (documents === undefined) return;

  const capabilities = field(podOf(documents), 'containers', 0, 'securityContext', 'capabilities');
  assert.deepEqual(capabilities, { drop: ['ALL'], add: ['SYS_PTRACE', 'DAC_READ_SEARCH'] });
});

test('memgap has nothing against the config file of the docs', async (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, 'token'), 'made up');
  writeFileSync(join(folder, 'memgap.yml'), block('memgap.yml').replace('/var/run/secrets/kubernetes.io/serviceaccount/', `${folder}/`));

  const result = await loadConfig(join(folder, 'memgap.yml'));

  assert.ok(result.ok, JSON.stringify(result));
});

test('promtool has nothing against the scrape config of the docs, its kubernetes_sd_configs aside', (t) => {
  const promtool = locate('promtool');
  if (!promtool.ok) return t.skip(promtool.detail);
  const file = join(emptyFolder(t), 'prometheus.yml');
  // Debian builds Prometheus without the discovery of Kubernetes
  writeFileSync(file, block('prometheus.yml').replaceAll('kubernetes_sd_configs:\n      - role: pod', 'static_configs: []'));

  const { status, stdout, stderr } = spawnSync(promtool.value, ['check', 'config', file], { encoding: 'utf8' });

  assert.equal(status, 0, stdout + stderr);
});

/** What kubectl makes of blocks under file names, beside an operator and this checkout; no schema has anything against it. */
function renderedWith(t: TestContext, titles: Readonly<Record<string, string>>, more = ''): readonly unknown[] | undefined {
  const folder = emptyFolder(t);
  for (const [name, title] of Object.entries(titles)) {
    writeFileSync(join(folder, name), block(title) + (name === 'kustomization.yaml' ? more : ''));
  }
  cpSync(fileURLToPath(new URL('../fixtures/kubernetes/operator', import.meta.url)), join(folder, 'operator'), { recursive: true });
  symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), join(folder, 'memgap'));
  const result = render(folder);
  if (!result.ok) {
    t.skip(result.detail);
    return undefined;
  }
  const faults = result.value.flatMap((document) => manifestFaults(document));
  assert.deepEqual(faults, []);
  return result.value;
}

function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-docs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function podOf(documents: readonly unknown[]): unknown {
  const workload = documents.find((document) => ['Deployment', 'DaemonSet'].includes(String(field(document, 'kind'))));
  return field(workload, 'spec', 'template', 'spec');
}
