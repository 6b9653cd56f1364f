import assert from 'node:assert/strict';
import { test } from 'node:test';
import { largestFolio } from '../../../src/kernel/open-files/largest-folio.ts';

const line = (type: string, point = '/') => `36 35 8:1 / ${point} rw,relatime shared:1 - ${type} /dev/vda rw\n`;
const huge = 2 * 1024 ** 2;

test('before Linux 6.16 the cache of ext4 is kept in single pages', () => {
  assert.equal(largestFolio(line('ext4') + line('tmpfs', '/tmp') + line('proc', '/proc'), '6.12.48-amd64'), 4096);
  assert.equal(largestFolio(line('ext4'), '5.10.0'), 4096);
  for (const kernel of ['6.16.0', '6.18.44-fc', '7.0']) assert.equal(largestFolio(line('ext4'), kernel), huge, kernel);
});

test('where any mount may be of another kind, or nothing can be told, it may be two MiB', () => {
  for (const type of ['xfs', 'btrfs', 'overlay', 'nfs4', 'fuse.gvfs'])
    assert.equal(largestFolio(line('ext4') + line(type, '/data'), '6.12'), huge, type);
  assert.equal(largestFolio('', '6.12'), huge);
  assert.equal(largestFolio(line('ext4'), 'unknown'), huge);
});
