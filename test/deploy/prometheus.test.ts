import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { locate } from '../programs.ts';

test('promtool has nothing against the Prometheus config that ships', (t) => {
  const promtool = locate('promtool');
  if (!promtool.ok) return t.skip(promtool.detail);
  const file = fileURLToPath(new URL('../../deploy/prometheus/prometheus.yml', import.meta.url));
  const { status, stdout, stderr } = spawnSync(promtool.value, ['check', 'config', file], { encoding: 'utf8' });

  assert.equal(status, 0, stdout + stderr);
});
