import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeConfig } from '../../src/config/describe.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';

test('check-config says what is watched and how, without a secret', () => {
  const result = loadConfig(fileURLToPath(new URL(join('..', 'fixtures', 'config', 'valid-every-field.yml'), import.meta.url)));

  assert.ok(result.ok);
  assert.deepEqual(describeConfig(result.config), [
    'OK: 4 targets, poll_interval 1m30s, poll_timeout 1500ms',
    '  operator: process by pid 7, pprof http://127.0.0.1:6060/debug/pprof (basic_auth), expvar unix:/run/op.sock:/debug/vars (basic_auth), metrics https://op.example:8443/metrics/ (authorization, client certificate)',
    '  by exe: process by exe /usr/bin/manager',
    '  by port: process by port 6060',
    '  by cgroup: process by cgroup operator.service, metrics https://[::1]:8443/metrics (authorization, server certificate NOT checked)',
  ]);
});

test('one target is one target', () => {
  const result = parseConfig('targets: [{ name: a, process: { pid: 1 } }]', 'x.yml');

  assert.ok(result.ok);
  assert.deepEqual(describeConfig(result.config), ['OK: 1 target, poll_interval 15s, poll_timeout 5s', '  a: process by pid 1']);
});
