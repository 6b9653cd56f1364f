import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { limits, parseLimits } from '../../../src/kernel/process/limits.ts';
import { bytes } from '../../../src/model/units.ts';
import { here, start } from './processes.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/process');

test('recorded soft limits come in bytes, and unlimited is absent', () => {
  for (const name of ['etcd_3.5.16', 'pod-v1-6.18', 'pod-v2-6.12']) {
    const reading = parseLimits(readFileSync(join(fixtures, name, 'limits'), 'utf8'));
    assert.ok(reading.ok, name);
    assert.equal(reading.value.stack, bytes(8_388_608), name);
    assert.equal(reading.value.addressSpace, undefined, name);
  }
});

test('a text without a stack size is malformed', () => {
  const reading = parseLimits('Limit Soft Limit Hard Limit Units\n');

  assert.equal(!reading.ok && reading.reason, 'malformed');
});

test('the limits of a real process are those that it was started with', async (t) => {
  const pid = await start(t, '/bin/sh', ['-c', 'ulimit -S -s 1024; ulimit -S -v 4194304; exec sleep 600']);
  let reading = limits.read({ pid, paths: here });
  while (reading.ok && reading.value.addressSpace === undefined) reading = limits.read({ pid, paths: here });

  assert.ok(reading.ok);
  assert.equal(reading.value.stack, bytes(1_048_576));
  assert.equal(reading.value.addressSpace, bytes(4_294_967_296));
});
