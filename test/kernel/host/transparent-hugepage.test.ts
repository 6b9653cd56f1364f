import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKernelThp, readKernelThp } from '../../../src/kernel/host.ts';

test('the setting is the word in brackets', () => {
  assert.deepEqual(parseKernelThp('always [madvise] never\n'), { ok: true, value: 'madvise' });
  assert.equal(parseKernelThp('always madvise never\n').ok, false);
});

test('reads this very machine, or says why not', () => {
  const reading = readKernelThp();
  assert.ok(reading.ok ? ['always', 'madvise', 'never'].includes(reading.value) : reading.detail !== '');
});
