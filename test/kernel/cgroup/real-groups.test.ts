import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cgroup } from '../../../src/kernel/cgroup/cgroup.ts';
import { cgroupEvents } from '../../../src/kernel/cgroup/events.ts';
import { followCgroup, locateCgroup, releaseCgroup } from '../../../src/kernel/cgroup/locate.ts';
import { cgroupProcs } from '../../../src/kernel/cgroup/procs.ts';
import { bytes } from '../../../src/model/units.ts';
import { asNobody, asNobodyLater, here, start, stateOf, until } from '../process/processes.ts';
import { makeGroup } from './groups.ts';

const { signal } = new AbortController();
const mebibytes64 = 64 * 1024 * 1024;

test("a real v1 group: the target's numbers, its limit, its parent's, and the moves of the process", async (t) => {
  const outer = makeGroup(t, 'outer');
  if (!outer.ok) return t.skip(outer.detail);
  const group = makeGroup(t, 'inner', outer.value);
  const other = makeGroup(t, 'other', outer.value);
  assert.ok(group.ok && other.ok);
  writeFileSync(join(outer.value.directory, 'memory.limit_in_bytes'), String(2 * mebibytes64));
  writeFileSync(join(group.value.directory, 'memory.limit_in_bytes'), String(mebibytes64));
  const pid = await start(t, '/bin/sleep', ['600']);
  const sibling = await start(t, '/bin/sleep', ['600']);
  for (const each of [pid, sibling]) group.value.add(each);
  const process = { pid, paths: here };

  const place = await locateCgroup(process, signal);
  assert.ok(place.ok, JSON.stringify(place));
  assert.equal(place.value.via, 'root');
  const numbers = cgroup.read(place.value);
  assert.ok(numbers.ok, JSON.stringify(numbers));
  const [own, above] = numbers.value.levels;
  assert.equal(own.path, group.value.path);
  assert.equal(own.limit, bytes(mebibytes64));
  assert.equal(above?.path, outer.value.path);
  assert.equal(above?.limit, bytes(2 * mebibytes64));
  assert.equal(numbers.value.hierarchicalLimit, bytes(mebibytes64));
  assert.ok(cgroupEvents.read(place.value).ok);
  const others = await cgroupProcs.read(place.value, new AbortController().signal);
  assert.ok(others.ok && others.value.count === 1 && (others.value.rss ?? 0) > 0);
  assert.equal(others.value.strangers, 1, 'a sibling is no child');

  other.value.add(pid);
  const moved = await followCgroup(process, place.value, signal);
  assert.ok(moved.ok);
  assert.deepEqual(moved.value.tree.group.at(-1), 'other');
  releaseCgroup(moved.value);
});

test('a group that was removed is gone', async (t) => {
  const group = makeGroup(t, 'removed');
  if (!group.ok) return t.skip(group.detail);
  const pid = await start(t, '/bin/sleep', ['600']);
  group.value.add(pid);
  const place = await locateCgroup({ pid, paths: here }, signal);
  assert.ok(place.ok);
  t.after(() => releaseCgroup(place.value));
  const removed = { ...place.value, tree: { ...place.value.tree, group: [...place.value.tree.group, 'never-made'] } };

  const numbers = cgroup.read(removed);
  assert.ok(!numbers.ok && numbers.reason === 'gone');
});

test('a process with a cgroup and a mount namespace of its own, as a container has: its mount is its group, and its path shows those above', async (t) => {
  const group = makeGroup(t, 'container');
  if (!group.ok) return t.skip(group.detail);
  if (!existsSync('/usr/bin/unshare')) return t.skip('needs unshare of util-linux');
  const procs = join(group.value.directory, 'cgroup.procs');
  const script =
    `echo $$ > ${procs} && exec unshare --mount --cgroup sh -c ` +
    `'umount /sys/fs/cgroup/memory && mount -t cgroup -o memory memory /sys/fs/cgroup/memory && exec sleep 600'`;
  const pid = await start(t, '/bin/sh', ['-c', script]);
  await until(() => stateOf(pid) === '' || readFileSync(`/proc/${pid}/comm`, 'latin1') === 'sleep\n');
  if (stateOf(pid) === '') return t.skip('no mount and cgroup namespace can be made here');

  // as a sidecar, which sees no other group of the machine
  const place = await locateCgroup({ pid, paths: { ...here, cgroupfs: '/nonexistent' } }, signal);
  assert.ok(place.ok, JSON.stringify(place));
  t.after(() => releaseCgroup(place.value));
  assert.deepEqual([place.value.via, place.value.tree.group], ['root', []]);
  const usage = () => Number(readFileSync(join(group.value.directory, 'memory.usage_in_bytes'), 'latin1'));
  const numbers = cgroup.read(place.value);
  assert.ok(numbers.ok);
  assert.equal(numbers.value.levels.length, 1);
  assert.ok(Math.abs(numbers.value.levels[0].usage - usage()) < 4 * 1024 * 1024);

  const onNode = await locateCgroup({ pid, paths: here }, signal);
  assert.ok(onNode.ok, JSON.stringify(onNode));
  t.after(() => releaseCgroup(onNode.value));
  assert.equal(onNode.value.via, 'path');
  const more = cgroup.read(onNode.value);
  assert.ok(more.ok && more.value.levels.length > 1);
  assert.ok(Math.abs(more.value.levels[0].usage - usage()) < 4 * 1024 * 1024);
});

test("without the right to the target's root its group is found by its path, and never memgap's own in its place", async (t) => {
  const group = makeGroup(t, 'path');
  if (!group.ok) return t.skip(group.detail);
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const pid = await start(t, '/bin/sleep', ['600']);
  group.value.add(pid);

  const place = await asNobodyLater(() => locateCgroup({ pid, paths: here }, signal));
  assert.ok(place.ok, JSON.stringify(place));
  t.after(() => releaseCgroup(place.value));
  assert.equal(place.value.via, 'path');
  const numbers = asNobody(() => cgroup.read(place.value));
  assert.ok(numbers.ok);
  assert.equal(numbers.value.levels[0].path, group.value.path);

  const nowhere = await asNobodyLater(() => locateCgroup({ pid, paths: { ...here, cgroupfs: '/tmp' } }, signal));
  assert.ok(!nowhere.ok && nowhere.reason === 'denied');
  assert.match(nowhere.detail, /uid and gid.*CAP_SYS_PTRACE.*shareProcessNamespace.*hostPID and --path\.cgroupfs/);
});
