import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from '../../../scripts/child.ts';
import { exeMountType, type MountTypes, parseMountTypes } from '../../../src/sources/process/exe-mount.ts';
import { locateLab } from '../../programs.ts';
import { folder, here, noPid, seesKernelThreads, sleeper, until } from './processes.ts';

test('the file system of a running program is told, and each mount namespace is read once', async (t) => {
  const seen: MountTypes = new Map();
  const pid = await sleeper(t);
  const type = exeMountType({ pid, paths: here }, seen);
  assert.ok(type.ok && /^[a-z0-9.]+$/.test(type.value), JSON.stringify(type));
  assert.deepEqual(exeMountType({ pid: process.pid, paths: here }, seen).ok, true);
  assert.ok(seen.size <= 2, 'its own table, and that of pid 1 if it was not there');
});

test('a process that is gone is gone, and a mount that nobody knows is unsupported', async (t) => {
  const gone = exeMountType({ pid: noPid, paths: here }, new Map());
  assert.equal(!gone.ok && gone.reason, 'gone');
  const pid = await sleeper(t);
  const seen: MountTypes = new Map();
  seen.get = () => new Map();
  const unknown = exeMountType({ pid, paths: here }, seen);
  assert.equal(!unknown.ok && unknown.reason, 'unsupported');
  if (seesKernelThreads()) assert.equal(exeMountType({ pid: 2, paths: here }, new Map()).ok, false);
});

test('a program in a chroot is told as well', async (t) => {
  const lab = locateLab('go-newest-pure');
  if (!lab.ok) return t.skip(lab.detail);
  if (process.getuid?.() !== 0) return t.skip('needs root, for chroot');
  const place = folder(t);
  copyFileSync(lab.value, join(place, 'lab'));
  const child = await startChild('lab', 'chroot', [place, '/lab', '-listen', '127.0.0.1:0']);
  t.after(() => child.stop());
  await until(() => child.lines().some((line) => line.startsWith('ready')));

  const type = exeMountType({ pid: child.pid, paths: here }, new Map());
  assert.ok(type.ok, JSON.stringify(type));
});

test('mountinfo: the type of each mount, whatever its paths are called (made-up text)', () => {
  const text = [
    '22 27 0:21 / /proc rw,relatime - proc proc rw',
    '36 31 8:1 / / rw - ext4 /dev/sda1 rw',
    '40 36 0:50 / /mnt/a\\040-\\040b rw shared:1 master:2 - fuse.sshfs evil:/ rw,user_id=0',
    '41 36 0:51 / /mnt rw - fuseblk /dev/sdb1 rw',
    'nonsense',
    '42 36',
  ].join('\n');
  assert.deepEqual(
    [...parseMountTypes(text)],
    [
      ['22', 'proc'],
      ['36', 'ext4'],
      ['40', 'fuse.sshfs'],
      ['41', 'fuseblk'],
    ],
  );
});
