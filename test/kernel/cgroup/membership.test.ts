import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseMembership } from '../../../src/kernel/cgroup/membership.ts';
import { parseMounts, spotsOf } from '../../../src/kernel/cgroup/mounts.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');

test('hybrid: the memory controller on v1 wins over the unified hierarchy', () => {
  const reading = parseMembership(readFileSync(join(fixtures, 'process/pod-v1-6.18/cgroup'), 'utf8'));

  assert.ok(reading.ok && reading.value.version === 1);
  assert.match(reading.value.path, /^\/libpod_parent\/2ab4[0-9a-f]+\/libpod-5a87[0-9a-f]+$/);
});

test('v2: the one line is the group', () => {
  assert.deepEqual(parseMembership('0::/../cri-containerd-0a1b.scope\n'), {
    ok: true,
    value: { version: 2, path: '/../cri-containerd-0a1b.scope' },
  });
  assert.deepEqual(parseMembership('1:name=systemd:/\n0::/a:b c\n'), { ok: true, value: { version: 2, path: '/a:b c' } });
});

test('v1: a controller mounted together with others is found', () => {
  assert.deepEqual(parseMembership('5:cpu,cpuacct:/x\n3:hugetlb,memory:/y\n'), { ok: true, value: { version: 1, path: '/y' } });
});

test('a kernel without a memory controller is unsupported, a removed group gone', () => {
  const none = parseMembership('5:cpu,cpuacct:/x\n');
  const removed = parseMembership('0::/x (deleted)\n');

  assert.equal(!none.ok && none.reason, 'unsupported');
  assert.equal(!removed.ok && removed.reason, 'gone');
  fc.assert(fc.property(fc.string(), (text) => typeof parseMembership(text).ok === 'boolean'));
});

const hybrid = `22 27 0:21 / /proc rw,relatime - proc proc rw
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices
41 31 0:38 /x /mnt/with\\040space\\134 rw - cgroup2 cgroup2 rw
`;

test('mountinfo: the memory mount of v1, every mount of v2, their names unescaped', () => {
  assert.deepEqual(parseMounts(hybrid, 1), [{ id: 35, root: '/', mountPoint: '/sys/fs/cgroup/memory' }]);
  assert.deepEqual(parseMounts(hybrid, 2), [{ id: 41, root: '/x', mountPoint: '/mnt/with space\\' }]);
});

test('a text cut off anywhere, or any other text, makes no mount that is not there', () => {
  for (let end = 0; end < hybrid.length; end += 1) assert.ok(parseMounts(hybrid.slice(0, end), 1).length <= 1);
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseMounts(text, 2))));
});

test("a container's own mount is the container, also when its process stands in a child group", () => {
  const mount = { id: 7, root: '/../crio-1.scope', mountPoint: '/sys/fs/cgroup' };
  const spot = { mountId: 7, mountPoint: ['sys', 'fs', 'cgroup'], group: [] };

  assert.deepEqual(spotsOf([mount], { version: 2, path: '/../crio-1.scope' }), [spot]);
  assert.deepEqual(spotsOf([mount], { version: 2, path: '/../crio-1.scope/container' }), [spot]);
});

test("a sibling's mount, or memgap's own, never stands for the target's group", () => {
  const path = '/../target.scope';
  for (const root of ['/', '/../memgap.scope', '/../target.scope2', '/../target', '/..//deleted']) {
    assert.deepEqual(spotsOf([{ id: 7, root, mountPoint: '/sys/fs/cgroup' }], { version: 2, path }), [], root);
  }
});

test('below a mount of the whole tree the path is walked, from wherever the reader stands', () => {
  assert.deepEqual(spotsOf([{ id: 7, root: '/', mountPoint: '/m' }], { version: 2, path: '/system.slice/a.service' }), [
    { mountId: 7, mountPoint: ['m'], group: ['system.slice', 'a.service'] },
  ]);
  assert.deepEqual(spotsOf([{ id: 7, root: '/../../..', mountPoint: '/m' }], { version: 2, path: '/../../../system.slice' }), [
    { mountId: 7, mountPoint: ['m'], group: ['system.slice'] },
  ]);
  // the names between the two are not told: no guess
  assert.deepEqual(spotsOf([{ id: 7, root: '/../../..', mountPoint: '/m' }], { version: 2, path: '/../../pod/ctr' }), []);
});

test('no spot leads out of its mount, and the nearest mount comes first', () => {
  assert.deepEqual(spotsOf([{ id: 7, root: '/', mountPoint: '/m' }], { version: 2, path: '/a/../../b' }), []);
  const spots = spotsOf(
    [
      { id: 1, root: '/', mountPoint: '/host' },
      { id: 2, root: '/pod/ctr', mountPoint: '/sys/fs/cgroup' },
      { id: 3, root: '/pod/ctr', mountPoint: '/sys/fs/cgroup' },
    ],
    { version: 2, path: '/pod/ctr' },
  );
  assert.deepEqual(
    spots.map(({ mountId }) => mountId),
    [3, 2, 1],
  );
});
