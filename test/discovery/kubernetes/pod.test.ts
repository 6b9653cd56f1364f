import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePod, parsePodPage } from '../../../src/discovery/kubernetes/pod.ts';

const uid = '5c3f9a1e-7b2d-4e6f-8a90-1b2c3d4e5f60';
const id = '0a1b2c3d'.repeat(8);

function pod(metadata: object = {}, status: object = {}) {
  return { kind: 'Pod', metadata: { namespace: 'shop', name: 'operator-0', uid, ...metadata }, status };
}

test('a pod, its containers of every kind by their ids, and its addresses', () => {
  const status = {
    podIP: '10.0.0.7',
    podIPs: [{ ip: '10.0.0.7' }, { ip: 'fd00::7' }],
    initContainerStatuses: [{ name: 'memgap', containerID: `cri-o://${id.replaceAll('0', '1')}` }],
    containerStatuses: [{ name: 'manager', containerID: `containerd://${id}` }, { name: 'not-yet' }],
    ephemeralContainerStatuses: [{ name: 'debug', containerID: `docker://${id.replaceAll('0', '2')}` }],
  };
  const read = parsePod(JSON.stringify(pod({}, status)));

  assert.ok(read.ok);
  assert.deepEqual([read.value.namespace, read.value.name, read.value.uids], ['shop', 'operator-0', [uid]]);
  assert.deepEqual([...read.value.containers.values()], ['memgap', 'manager', 'debug']);
  assert.equal(read.value.containers.get(id), 'manager');
  assert.deepEqual(read.value.ips, ['10.0.0.7', 'fd00::7']);
});

test('a static pod is known by the hash that its cgroup bears', () => {
  const hash = uid.replaceAll('-', '');
  const read = parsePod(JSON.stringify(pod({ annotations: { 'kubernetes.io/config.hash': hash, 'kubernetes.io/config.mirror': hash } })));

  assert.ok(read.ok);
  assert.deepEqual(read.value.uids, [uid, hash]);
});

test('names, ids and addresses that Kubernetes would not give are not believed', () => {
  for (const metadata of [
    { name: '../../nodes' },
    { name: 'A' },
    { namespace: 'a.b' },
    { namespace: '' },
    { name: 7 },
    { name: `${'a.'.repeat(150)}a` },
  ]) {
    assert.equal(parsePod(JSON.stringify(pod(metadata))).ok, false, JSON.stringify(metadata));
  }
  const status = {
    podIP: 'evil.test/',
    podIPs: { ip: '10.0.0.7' },
    containerStatuses: [
      { name: 'x/../y', containerID: `docker://${id}` },
      { name: 'short', containerID: 'docker://0a1b' },
      null,
      'x',
      { name: ['manager'], containerID: [`docker://${id}`] },
    ],
    initContainerStatuses: 'none',
  };
  const read = parsePod(JSON.stringify(pod({ uid: '<script>' }, status)));
  assert.ok(read.ok);
  assert.deepEqual([read.value.containers.size, read.value.ips, read.value.uids], [0, [], []]);
});

test('a list in either form, its next page, and no entry that spoils the others', () => {
  const items = [pod(), { metadata: null }, 7, pod({ name: 'operator-1' })];
  for (const kind of ['PodList', 'PartialObjectMetadataList']) {
    const read = parsePodPage(JSON.stringify({ kind, metadata: { continue: 'token' }, items }));
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.pods.map(({ name }) => name),
      ['operator-0', 'operator-1'],
    );
    assert.equal(read.value.more, 'token');
  }
  for (const items of [null, undefined, []]) {
    const read = parsePodPage(JSON.stringify({ kind: 'PodList', items }));
    assert.ok(read.ok && read.value.pods.length === 0 && read.value.more === undefined);
  }
});

test('anything else is malformed, whatever it is', () => {
  for (const text of ['', '<html>', '{}', '[]', 'null', '{"kind":"Status","code":403}', '{"kind":"PodList","items":{}}']) {
    assert.equal(parsePod(text).ok, false, text);
    assert.equal(parsePodPage(text).ok, false, text);
  }
  fc.assert(
    fc.property(fc.json(), (text) => {
      parsePod(text);
      parsePodPage(text);
      parsePod(`{"kind":"Pod","metadata":${text},"status":${text}}`);
      parsePodPage(`{"kind":"PodList","metadata":${text},"items":${text}}`);
    }),
  );
});
