import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReceived, readReceived } from '../../../src/kernel/process/received.ts';
import { serve } from '../../net/loopback.ts';

const text = (names: string, figures: string) => `TcpExt: A B\nTcpExt: 1 2\nIpExt: ${names}\nIpExt: ${figures}\n`;

test('InOctets stands under its name, wherever that is', () => {
  assert.equal(parseReceived(text('InNoRoutes InOctets OutOctets', '1 22 333')), 22);
  assert.equal(parseReceived(text('OutOctets InOctets', '333 22')), 22);
  for (const bad of [
    '',
    text('OutOctets', '1'),
    text('InOctets', '-1'),
    text('InOctets', '1e3'),
    text('InOctets', '9'.repeat(16)),
    'IpExt: InOctets\n',
  ]) {
    assert.equal(parseReceived(bad), undefined, JSON.stringify(bad));
  }
});

test('what came over loopback to this process is in it', async (t) => {
  const server = await serve(t, (_, response) => response.end(Buffer.alloc(1024 ** 2)));
  const before = readReceived({ pid: process.pid, paths: { procfs: '/proc', cgroupfs: '/sys/fs/cgroup' } });
  await (await fetch(server.url)).arrayBuffer();
  const after = readReceived({ pid: process.pid, paths: { procfs: '/proc', cgroupfs: '/sys/fs/cgroup' } });
  assert.ok(before !== undefined && after !== undefined && after - before >= 1024 ** 2, `${before} -> ${after}`);
});
