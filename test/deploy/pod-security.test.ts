import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restrictedBreaches } from './pod-security.ts';

const context = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const container = { name: 'any', securityContext: context };

test('a pod that does all that "restricted" asks has no breach', () => {
  const inherited = { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'Localhost', localhostProfile: 'any.json' } };
  const own = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } };

  assert.deepEqual(restrictedBreaches({ containers: [container], volumes: [{ name: 'any', emptyDir: {} }] }), []);
  assert.deepEqual(restrictedBreaches({ securityContext: inherited, containers: [{ name: 'any', securityContext: own }] }), []);
  assert.deepEqual(restrictedBreaches({ shareProcessNamespace: true, containers: [container] }), []);
});

const pods: readonly (readonly [breach: string, pod: object])[] = [
  ['hostNetwork', { hostNetwork: true }],
  ['hostPID', { hostPID: true }],
  ['hostIPC', { hostIPC: true }],
  ['volume host: hostPath', { volumes: [{ name: 'host', hostPath: { path: '/' } }] }],
  ['sysctl kernel.msgmax', { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }],
];

for (const [breach, pod] of pods) {
  test(`a breach of the whole pod is found: ${breach}`, () => {
    assert.deepEqual(restrictedBreaches({ containers: [container], ...pod }), [breach]);
  });
}

const contexts: readonly (readonly [breach: string, change: object])[] = [
  ['privileged', { privileged: true }],
  ['allowPrivilegeEscalation is not false', { allowPrivilegeEscalation: undefined }],
  ['runAsNonRoot is not true', { runAsNonRoot: undefined }],
  ['runAsUser is 0', { runAsUser: 0 }],
  ['procMount', { procMount: 'Unmasked' }],
  ['seccompProfile', { seccompProfile: undefined }],
  ['seccompProfile', { seccompProfile: { type: 'Unconfined' } }],
  ['appArmorProfile', { appArmorProfile: { type: 'Unconfined' } }],
  ['capabilities.drop lacks ALL', { capabilities: { drop: ['NET_RAW'] } }],
  ['capabilities.add SYS_PTRACE', { capabilities: { drop: ['ALL'], add: ['SYS_PTRACE'] } }],
  ['seLinuxOptions.type spc_t', { seLinuxOptions: { type: 'spc_t' } }],
  ['seLinuxOptions.role', { seLinuxOptions: { role: 'system_r' } }],
];

for (const kind of ['containers', 'initContainers', 'ephemeralContainers']) {
  for (const [breach, change] of contexts) {
    test(`a breach is found in ${kind}: ${breach} of ${JSON.stringify(change)}`, () => {
      const bad = { ...container, securityContext: { ...context, ...change } };

      assert.deepEqual(restrictedBreaches({ [kind]: [container, bad] }), [`container any: ${breach}`]);
    });
  }
}

test('ports of the host, and hosts in probes and hooks, are found', () => {
  const probing = { ...container, livenessProbe: { httpGet: { host: '127.0.0.1', port: 1 } } };
  const hooked = { ...container, lifecycle: { preStop: { tcpSocket: { host: '127.0.0.1', port: 1 } } } };

  assert.deepEqual(restrictedBreaches({ containers: [{ ...container, ports: [{ hostPort: 80 }] }] }), ['container any: hostPort 80']);
  assert.deepEqual(restrictedBreaches({ containers: [probing, hooked] }), [
    'container any: host in httpGet',
    'container any: host in tcpSocket',
  ]);
});
