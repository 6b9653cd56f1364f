import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownPod } from '../../../src/discovery/kubernetes/in-cluster.ts';
import type { TargetConfig } from '../../../src/model/target.ts';
import { bytes } from '../../../src/model/units.ts';

const sidecar = { POD_NAMESPACE: 'shop', POD_NAME: 'operator-7d4b9' };
const known = { namespace: 'shop', pod: 'operator-7d4b9' };

function targetOf(urls: readonly string[], process?: TargetConfig['process']): TargetConfig {
  const [pprof, metrics] = urls.map((url) => ({ url, bodySizeLimit: bytes(1024) }));
  return { name: 'operator', go: { ...(pprof && { pprof }), ...(metrics && { metrics }) }, process };
}

test("what runs beside memgap, by its process or by loopback, is in the environment's pod", () => {
  for (const process of [{ by: 'exe', exe: 'manager' } as const, { by: 'port', port: 6060 } as const, { by: 'pid', pid: 7 } as const]) {
    assert.deepEqual(ownPod(targetOf([], process), sidecar), known);
  }
  assert.deepEqual(ownPod(targetOf(['http://127.0.0.1:6060/debug/pprof', 'https://[::1]:8443/metrics']), sidecar), known);
  const socket = { pprof: { url: 'http://localhost/debug/pprof', socketPath: '/run/op.sock', bodySizeLimit: bytes(1024) } };
  assert.deepEqual(ownPod({ name: 'operator', go: socket, process: undefined }, sidecar), known);
});

test('what was discovered, or is known by the URL of another machine only, may be in any pod', () => {
  assert.equal(ownPod(targetOf([], { by: 'pid', pid: 7, startTicks: 9 }), sidecar), undefined);
  assert.equal(ownPod(targetOf(['http://10.0.0.7:6060/debug/pprof']), sidecar), undefined);
  assert.equal(ownPod(targetOf(['http://127.0.0.1:6060/debug/pprof', 'http://operator:8080/metrics']), sidecar), undefined);
});

test('without both variables nothing is known', () => {
  const target = targetOf([], { by: 'exe', exe: 'manager' });
  for (const environment of [{}, { POD_NAME: 'a' }, { POD_NAMESPACE: 'a' }, { POD_NAMESPACE: '', POD_NAME: 'a' }]) {
    assert.equal(ownPod(target, environment), undefined);
  }
});
