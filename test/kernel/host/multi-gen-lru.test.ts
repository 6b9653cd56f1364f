import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { parseMultiGenLru, readMultiGenLru } from '../../../src/kernel/host.ts';

test('the lowest bit is the main switch, and a text that is no bit mask says nothing', () => {
  assert.equal(parseMultiGenLru('0x0007\n'), true);
  assert.equal(parseMultiGenLru('0x0001\n'), true);
  assert.equal(parseMultiGenLru('0x0000\n'), false);
  assert.equal(parseMultiGenLru('0x0006\n'), false);
  for (const text of ['', '7\n', '0x\n', '0xg\n', `0x${'0'.repeat(9)}\n`, 'y\n'])
    assert.equal(parseMultiGenLru(text), undefined, JSON.stringify(text));
});

test('a kernel without it says nothing', () => {
  assert.equal(typeof readMultiGenLru(), existsSync('/sys/kernel/mm/lru_gen/enabled') ? 'boolean' : 'undefined');
});
