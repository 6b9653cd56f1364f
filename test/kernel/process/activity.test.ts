import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { activity, parseIoBytes } from '../../../src/kernel/process/activity.ts';

const paths = { procfs: '/proc', cgroupfs: '/sys/fs/cgroup' };

test('what this process did: processor time rises with work, and never falls', () => {
  const before = activity.read({ pid: process.pid, paths });
  const until = process.cpuUsage().user + 300_000;
  while (process.cpuUsage().user < until);
  const after = activity.read({ pid: process.pid, paths });
  assert.ok(before.ok && after.ok);
  assert.ok(after.value.cpuSeconds - before.value.cpuSeconds >= 0.2, `${before.value.cpuSeconds} -> ${after.value.cpuSeconds}`);
  assert.ok(after.value.majorFaults >= before.value.majorFaults);
  assert.equal(typeof after.value.readBytes, readFileSync('/proc/self/io', 'latin1').includes('read_bytes') ? 'number' : 'undefined');
});

test('read_bytes is a line of its own, and a count', () => {
  assert.equal(parseIoBytes('rchar: 9\nwchar: 8\nread_bytes: 4096\nwrite_bytes: 512\n', 'read_bytes'), 4096);
  assert.equal(parseIoBytes('rchar: 9\nwchar: 8\nread_bytes: 4096\nwrite_bytes: 512\n', 'write_bytes'), 512);
  for (const text of ['', 'read_bytes: -1\n', 'read_bytes: 1e3\n', 'xread_bytes: 7\n', `read_bytes: ${'9'.repeat(16)}\n`]) {
    assert.equal(parseIoBytes(text, 'read_bytes'), undefined, JSON.stringify(text));
  }
});

test('a process that is gone did nothing that can be told', () => {
  const reading = activity.read({ pid: 2 ** 22, paths });
  assert.equal(reading.ok, false);
  assert.equal(reading.ok ? '' : reading.reason, 'gone');
});
