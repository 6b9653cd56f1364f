import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTmpfsDevices, readTmpfsDevices } from '../../../src/kernel/memory/tmpfs-devices.ts';
import { here } from '../process/processes.ts';

test('tmpfs mounts by device, as maps spells it, each once', () => {
  const text = [
    '22 27 0:21 / /proc rw,relatime - proc proc rw',
    '30 27 0:26 / /run rw,nosuid - tmpfs tmpfs rw,size=4k',
    '31 27 0:26 /lock /run/lock rw - tmpfs tmpfs rw',
    '32 27 0:300 / /dev/shm rw shared:4 - tmpfs shm rw',
    '33 27 8:1 / / rw - ext4 /dev/sda1 rw',
  ].join('\n');
  assert.deepEqual(parseTmpfsDevices(text), ['00:1a', '00:12c']);
});

test('a process that has gone has none', () => {
  assert.deepEqual(readTmpfsDevices({ pid: 4_194_305, paths: here }), []);
});
