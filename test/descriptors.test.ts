import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { budgets } from '../src/budgets.ts';
import { descriptorShares, divide, openFilesOf } from '../src/descriptors.ts';

test('the shares and what is open already leave the reserve free, wherever the limit allows it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 40, max: 2 ** 30 }), fc.integer({ min: 3, max: 25 }), (limit, open) => {
      const { served, asking } = divide(limit, open);
      assert.ok(
        served + asking + open + budgets.reservedDescriptors.maxDescriptors <=
          Math.max(limit, open + budgets.reservedDescriptors.maxDescriptors + 4),
      );
      assert.ok(served >= 2 && asking >= 2);
    }),
  );
  assert.deepEqual(divide(64, 22), { served: 16, asking: 16 });
  assert.equal(divide(Number.POSITIVE_INFINITY, 22).served, Number.POSITIVE_INFINITY);
});

test('the soft limit is that of /proc/PID/limits', () => {
  assert.equal(
    openFilesOf('Max processes  1 2 processes\nMax open files            64                   4096                 files     \n'),
    64,
  );
  assert.equal(openFilesOf('Max open files            unlimited            unlimited            files\n'), Number.POSITIVE_INFINITY);
  const own = openFilesOf(readFileSync('/proc/self/limits', 'latin1'));
  assert.ok(own >= 64);
  assert.ok(descriptorShares().served < own);
});
