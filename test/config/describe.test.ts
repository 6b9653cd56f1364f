import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeConfig } from '../../src/config/describe.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';

test('check-config says what is watched and how, without a secret', async () => {
  const result = await loadConfig(fileURLToPath(new URL(join('..', 'fixtures', 'config', 'valid-every-field.yml'), import.meta.url)));

  assert.ok(result.ok);
  assert.deepEqual(describeConfig(result.config), [
    'OK: 4 targets, poll_interval 1m30s, poll_timeout 1500ms',
    '  operator: process by pid 7, pprof http://127.0.0.1:6060/debug/pprof (basic_auth), expvar unix:/run/op.sock:/debug/vars (basic_auth), metrics https://op.example:8443/metrics/ (authorization, client certificate)',
    '  by exe: process by exe /usr/bin/manager',
    '  by port: process by port 6060',
    '  by cgroup: process by cgroup operator.service, metrics https://[::1]:8443/metrics (authorization, server certificate NOT checked)',
  ]);
});

test('a discovery is told with its rules', async () => {
  const result = await loadConfig(
    fileURLToPath(new URL(join('..', 'fixtures', 'config', 'valid-discovery-every-field.yml'), import.meta.url)),
  );

  assert.ok(result.ok);
  assert.deepEqual(describeConfig(result.config).slice(2), [
    '  discovery: every 30s, at most 50 processes, names from https://10.0.0.1:6443/ (authorization) for the node worker-1',
    '    Go processes by exe *-operator and cgroup /kubepods* and port 8081, pprof http :6060/debug/pprof, expvar http :6060/debug/vars, metrics https :8443/m',
    '    Go processes by cgroup operator.service',
  ]);
  assert.deepEqual(result.config.discovery?.rules[0]?.go.metrics?.bodySizeLimit, 1024 * 1024);
  assert.equal(result.config.discovery?.rules[0]?.go.expvar?.bodySizeLimit, 32 * 1024 * 1024);
});

test('one target is one target', () => {
  const result = parseConfig('targets: [{ name: a, process: { pid: 1 } }]', 'x.yml');

  assert.ok(result.ok);
  assert.deepEqual(describeConfig(result.config), ['OK: 1 target, poll_interval 15s, poll_timeout 5s', '  a: process by pid 1']);
});
