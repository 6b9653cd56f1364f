import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { containerIdentity } from '../../../src/kernel/cgroup/container-identity.ts';

interface Recorded {
  readonly name: string;
  readonly path: string;
  readonly runtime: string | null;
  readonly qos: string | null;
  readonly podUid: string | null;
  readonly containerId: string | null;
}

const recorded: { readonly paths: readonly Recorded[]; readonly containerId: string; readonly podUid: string } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/identity-paths.json'), 'utf8'),
);

for (const { name, path, runtime, qos, podUid, containerId } of recorded.paths) {
  test(`${name}: pod, container, runtime and class`, () => {
    const { runtime: itsRuntime = null, qos: itsQos = null, podUid: itsPod = null, containerId: itsId = null } = containerIdentity(path);
    assert.deepEqual({ runtime: itsRuntime, qos: itsQos, podUid: itsPod, containerId: itsId }, { runtime, qos, podUid, containerId });
  });
}

const { containerId: id, podUid: uid } = recorded;
const other = id.replaceAll('0', 'f');

test("a container's own groups are no containers of its pod; outside of pods the innermost container counts", () => {
  assert.equal(containerIdentity(`/kubepods/pod${uid}/${id}/docker/${other}`).containerId, id);
  assert.equal(containerIdentity(`/docker/${id}/docker/${other}`).containerId, other);
  assert.equal(containerIdentity(`/docker/${other}/kubelet/kubepods/burstable/pod${uid}/${id}`).containerId, id);
});

test("a container's monitor is no container, and a pod without a container is a pod", () => {
  assert.equal(containerIdentity(`/machine.slice/libpod-conmon-${id}.scope`).containerId, undefined);
  assert.equal(containerIdentity(`/kubepods/pod${uid}/crio-conmon-${id}`).containerId, undefined);
  assert.deepEqual(containerIdentity(`/kubepods/besteffort/pod${uid}`), {
    containerId: undefined,
    podUid: uid,
    runtime: undefined,
    qos: 'besteffort',
  });
});

test("seen from a pod's own cgroup namespace the pod is still told", () => {
  const path = `/../../kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-${id}.scope`;
  assert.deepEqual(containerIdentity(path), { containerId: id, podUid: uid, runtime: 'cri-containerd', qos: 'burstable' });
});

test('what only looks like an id is none, and no path is too odd', () => {
  for (const path of [`/x${id}`, `/docker/${id.slice(1)}`, `/docker/${id.toUpperCase()}`, `/pods${uid}/y`, `/kubepods/pod${uid}0/x`]) {
    assert.deepEqual(containerIdentity(path), { containerId: undefined, podUid: undefined, runtime: undefined, qos: undefined }, path);
  }
  fc.assert(fc.property(fc.string(), (path) => containerIdentity(path).containerId === undefined));
});
