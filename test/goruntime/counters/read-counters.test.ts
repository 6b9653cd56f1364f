import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arenaBytes, memStatsFromCounters } from '../../../src/goruntime/counters/counters-to-memstats.ts';
import { locateCounters } from '../../../src/goruntime/counters/locate.ts';
import { readCounters } from '../../../src/goruntime/counters/read-counters.ts';
import type { RuntimeCounters } from '../../../src/model/go.ts';
import { bytes } from '../../../src/model/units.ts';
import { mapping, memoryOf, type Recording, recording, recordings } from './recorded.ts';

const { signal } = new AbortController();

function bareOf({ heapAt, sysAt }: Recording) {
  return { heapAt, sysAt, deltas: undefined, arenas: 0 };
}

/** The recorded pages as the data of a program. */
function layoutOf({ address, data, mappings }: Recording) {
  const place = { start: address, end: address + data.length };
  const exe = {
    path: '/lab',
    device: undefined,
    inode: undefined,
    positionIndependent: false,
    segments: [{ address, fileSize: data.length, memorySize: data.length, writable: true }],
  };
  return { exe, mappings: [mapping({ ...place, permissions: 'rw-p', path: '/lab', inode: 1 }), ...mappings] };
}

test('recorded: located and read, the MemStats are those of heap?debug=1 to the byte', async () => {
  for (const name of recordings) {
    const recorded = recording(name);
    const reading = await locateCounters(memoryOf(recorded.data, recorded.address), layoutOf(recorded), signal);
    assert.ok(reading.ok, JSON.stringify(reading));
    const { counters, place } = reading.value;
    assert.deepEqual([place.heapAt, place.sysAt], [recorded.heapAt, recorded.sysAt]);
    assert.equal(arenaBytes(counters), place.arenas);
    const stats = memStatsFromCounters(counters);
    assert.ok(stats.ok, JSON.stringify(stats));
    const { sys, heapAlloc, heapSys, heapInuse, heapIdle, heapReleased } = stats.value;
    const { stackInuse, stackSys, mspanSys, mcacheSys, buckHashSys, gcSys, otherSys } = stats.value;
    assert.deepEqual(
      {
        sys,
        heapAlloc,
        heapSys,
        heapInuse,
        heapIdle,
        heapReleased,
        stackInuse,
        stackSys,
        mspanSys,
        mcacheSys,
        buckHashSys,
        gcSys,
        otherSys,
      },
      Object.fromEntries(Object.entries(recorded.memstats).map(([field, value]) => [named(field), value])),
    );
    assert.equal(stats.value.stacksHoldGcWork, undefined);
  }
});

/** MemStats' name to ours: `GCSys` is gcSys, `MSpanSys` mspanSys. */
function named(field: string): string {
  return field.replace(/^(GC|MS|MC|[A-Z])/, (start) => start.toLowerCase());
}

test('where the statistics of the heap are not next to them, the arenas must be among the mappings, and the stacks hold the GC work', async () => {
  const recorded = recording('go1.19-pure');
  const { data, address, sysAt, memstats } = recorded;
  data.fill(0, sysAt - address - 4096, sysAt - address);
  const layout = layoutOf(recorded);
  const reading = await locateCounters(memoryOf(data, address), layout, signal);
  assert.ok(reading.ok, JSON.stringify(reading));
  assert.equal(reading.value.counters.stackInuse, undefined);
  const stats = memStatsFromCounters(reading.value.counters);
  assert.ok(stats.ok && stats.value.stacksHoldGcWork === true);
  const { GCSys = 0, StackInuse = 0 } = memstats;
  assert.equal(stats.value.sys, memstats.Sys);
  assert.equal(stats.value.stackInuse + (stats.value.gcSys ?? 0), StackInuse + GCSys);

  const elsewhere = { ...layout, mappings: layout.mappings.filter(({ end, start }) => end - start !== reading.value.place.arenas) };
  const gap = await locateCounters(memoryOf(data, address), elsewhere, signal);
  assert.ok(!gap.ok && gap.reason === 'unsupported', JSON.stringify(gap));
});

test('two places that look alike are told apart by no guess', async () => {
  const recorded = recording('go1.19-pure');
  const { data, address } = recorded;
  const twice = Buffer.concat([data, data]);
  const reading = await locateCounters(memoryOf(twice, address), { ...layoutOf({ ...recorded, data: twice }) }, signal);
  assert.ok(!reading.ok && reading.reason === 'unsupported');
  assert.match(reading.detail, /4 places/);
});

test('a program without them, without data, or a poll that is over, is a gap', async () => {
  const recorded = recording('go1.19-pure');
  const empty = { ...recorded, data: Buffer.alloc(8192) };
  const none = await locateCounters(memoryOf(empty.data, empty.address), layoutOf(empty), signal);
  assert.ok(!none.ok && none.reason === 'unsupported' && /1\.19/.test(none.detail));
  const bare = await locateCounters(memoryOf(empty.data, empty.address), { ...layoutOf(empty), mappings: [] }, signal);
  assert.ok(!bare.ok && bare.reason === 'unsupported');
  const late = await locateCounters(memoryOf(recorded.data, recorded.address), layoutOf(recorded), AbortSignal.abort());
  assert.ok(!late.ok && late.reason === 'timeout');
});

test('what adds up no more, or to less than before, is a mismatch; what is not in memory is unsupported', () => {
  const recorded = recording('go-newest-cgo');
  const { data, address, heapAt } = recorded;
  const memory = memoryOf(data, address);
  const first = readCounters(memory, bareOf(recorded));
  assert.ok(first.ok);
  const shrunk = readCounters(memory, { ...first.value.place, arenas: first.value.place.arenas + 4 * 1024 * 1024 });
  assert.ok(!shrunk.ok && shrunk.reason === 'mismatch');
  data.writeBigUInt64LE(data.readBigUInt64LE(heapAt - address) + 1n, heapAt - address + 40);
  const torn = readCounters(memory, first.value.place);
  assert.ok(!torn.ok && torn.reason === 'mismatch' && !/\d{5}/.test(torn.detail));
  const away = readCounters(memoryOf(data, 0), first.value.place);
  assert.ok(!away.ok && away.reason === 'unsupported');
});

test('a span on its way between two counters leaves the stacks untold for this time, and all sums right', () => {
  const recorded = recording('go-newest-cgo');
  const { data, address, heapAt } = recorded;
  const first = readCounters(memoryOf(data, address), bareOf(recorded));
  assert.ok(first.ok && first.value.counters.stackInuse !== undefined);
  data.writeBigUInt64LE(data.readBigUInt64LE(heapAt - address) + 8192n, heapAt - address); // heapInUse, of which heapFree knows nothing yet
  const moving = readCounters(memoryOf(data, address), first.value.place);
  assert.ok(moving.ok && moving.value.counters.stackInuse === undefined);
  const stats = memStatsFromCounters(moving.value.counters);
  assert.ok(stats.ok && stats.value.sys === recorded.memstats.Sys);
});

test('any pages: reading them never fails, and what is believed adds up to whole arenas', () => {
  const recorded = recording('go1.19-pure');
  const { data, address } = recorded;
  fc.assert(
    fc.property(fc.nat({ max: data.length - 8 }), fc.bigInt(0n, 2n ** 64n - 1n), (at, value) => {
      const changed = Buffer.from(data);
      changed.writeBigUInt64LE(value, at);
      const reading = readCounters(memoryOf(changed, address), bareOf(recorded));
      if (!reading.ok) return;
      assert.equal(arenaBytes(reading.value.counters) % (4 * 1024 * 1024), 0);
      assert.equal(typeof memStatsFromCounters(reading.value.counters).ok, 'boolean');
    }),
  );
});

test('counters that contradict themselves give no MemStats', () => {
  const size = fc.nat({ max: 2 ** 40 }).map(bytes);
  const counters = fc.record({
    heapInUse: size,
    heapReleased: size,
    heapFree: size,
    totalAlloc: size,
    totalFree: size,
    mappedReady: size,
    stacksSys: size,
    mspanSys: size,
    mcacheSys: size,
    buckHashSys: size,
    gcMiscSys: size,
    otherSys: size,
    stackInuse: fc.option(size, { nil: undefined }),
  }) satisfies fc.Arbitrary<RuntimeCounters>;
  fc.assert(
    fc.property(counters, (some) => {
      const stats = memStatsFromCounters(some);
      if (!stats.ok) return;
      for (const value of Object.values(stats.value)) if (typeof value === 'number') assert.ok(value >= 0);
    }),
  );
});
