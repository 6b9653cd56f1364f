import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headroomOf } from '../../src/books/headroom.ts';
import type { CgroupLevel, CgroupNumbers, CgroupStat } from '../../src/model/cgroup.ts';
import { bytes } from '../../src/model/units.ts';
import { cgroupStatWith } from '../snapshots.ts';

const stat = cgroupStatWith({
  anon: bytes(500),
  file: bytes(300),
  shmem: bytes(50),
  dirty: bytes(20),
  writeback: bytes(10),
  slabReclaimable: bytes(30),
  inactiveFile: bytes(120),
});

function level(usage: number, limit: number | undefined, lines: CgroupStat = stat): CgroupLevel {
  return { path: '/g', usage: bytes(usage), limit: limit === undefined ? undefined : bytes(limit), high: undefined, stat: lines };
}

function group(levels: readonly [CgroupLevel, ...CgroupLevel[]], more: Partial<CgroupNumbers> = {}): CgroupNumbers {
  return {
    version: 2,
    via: 'root',
    levels,
    usageBefore: bytes(1000),
    peak: undefined,
    swap: undefined,
    swapLimit: undefined,
    hierarchicalLimit: undefined,
    ...more,
  };
}

test('reclaimable is the clean page cache, the reclaimable slab and what was freed lazily', () => {
  const figures = headroomOf(group([level(1000, 2000)]), bytes(100));

  assert.equal(figures.unreclaimable, 1000 - (300 - 50 - 20 - 10) - 30 - 100);
  assert.deepEqual(figures.headroom, { ok: true, value: usable(2000 - 650, 2000) });
});

test('the working set is what the kubelet computes', () => {
  assert.equal(headroomOf(group([level(1000, 2000)]), undefined).workingSet, 880);
  assert.equal(headroomOf(group([level(100, 2000)]), undefined).workingSet, 0);
});

test('the tightest level decides, with its own usage', () => {
  const figures = headroomOf(group([level(1000, 2000), level(5000, 5100), level(9000, undefined)]), undefined);

  assert.equal(figures.limit, 2000);
  assert.deepEqual(figures.headroom, { ok: true, value: usable(5100 - (5000 - 220 - 30), 2000) });
});

test('a tighter limit above what is visible counts with the use that is known (cgroup v1)', () => {
  const figures = headroomOf(group([level(1000, undefined)], { version: 1, hierarchicalLimit: bytes(1500) }), undefined);

  assert.equal(figures.limit, 1500);
  assert.deepEqual(figures.headroom, { ok: true, value: usable(1500 - 750, 1500) });
});

test('no limit is no headroom, not a huge one', () => {
  const figures = headroomOf(group([level(1000, undefined)]), undefined);

  assert.equal(figures.limit, undefined);
  assert.equal(!figures.headroom.ok && figures.headroom.reason, 'disabled');
});

test('where the dirty pages are not told, the headroom is not known', () => {
  const figures = headroomOf(group([level(1000, 2000, { ...stat, dirty: undefined })]), undefined);

  assert.equal(figures.unreclaimable, undefined);
  assert.equal(!figures.headroom.ok && figures.headroom.reason, 'unsupported');
});

const locked = { ...stat, file: bytes(900), activeFile: bytes(40), inactiveFile: bytes(60) };

test('what stands on no list of files can not be taken back, whatever the page cache counts (mlock, memfd_secret, ramfs)', () => {
  const figures = headroomOf(group([level(1000, 2000, locked)]), undefined);

  assert.equal(figures.unreclaimable, 1000 - 100 - 30);
  assert.equal(figures.lockedFile, 900 - 50 - 100);
});

test('lazily freed memory on the lists of files is no page cache, and can be taken back once', () => {
  const figures = headroomOf(group([level(1000, 2000, locked)]), bytes(80));

  assert.equal(figures.unreclaimable, 1000 - 100 - 30);
  assert.equal(figures.lockedFile, 900 - 50 - 20);
});

test('cache that send queues or pipes may hold makes an interval, and the lower end is the figure', () => {
  const big = 4000;
  const held = { queues: 100, pipes: 50 };
  const figures = headroomOf(group([level(1000, big)]), undefined, held);

  assert.equal(figures.unreclaimable, 1000 - (220 - 100) - 30);
  assert.deepEqual(figures.headroom, { ok: true, value: usable(big - (1000 - (220 - 150) - 30), big) });
  assert.equal(figures.headroomMost, big - (1000 - 220 - 30));
  const lots = headroomOf(group([level(1000, big)]), undefined, { queues: 10_000, pipes: 0 });
  assert.equal(lots.unreclaimable, 1000 - 30, 'no more is held than there is');
});

test('without anything that may hold cache there is one figure', () => {
  assert.equal(headroomOf(group([level(1000, 2000)]), undefined).headroomMost, undefined);
});

/** Less the tables for what is handed out, and the code that runs. */
function usable(room: number, limit: number): number {
  return Math.floor(room - room / 512 - Math.min(3 * 2 ** 20, limit / 50));
}
