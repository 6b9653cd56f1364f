import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMemStats, type MemStatsField, memStatsOf } from '../../../src/goruntime/endpoints/memstats-fields.ts';
import { bytes } from '../../../src/model/units.ts';

/** The case that memgap was born from: an operator built with Go 1.22. */
const seed: ReadonlyArray<readonly [MemStatsField, number]> = [
  ['Sys', 141271320],
  ['HeapAlloc', 11551184],
  ['HeapSys', 127844352],
  ['HeapIdle', 104562688],
  ['HeapInuse', 23281664],
  ['HeapReleased', 100155392],
  ['StackInuse', 2129920],
  ['StackSys', 2129920],
  ['MSpanSys', 2040000],
  ['MCacheSys', 15600],
  ['BuckHashSys', 2525199],
  ['GCSys', 4930776],
  ['OtherSys', 1785473],
  ['NextGC', 22293192],
  ['NumGC', 12],
];

function seedWith(name: MemStatsField, value: number) {
  return memStatsOf(new Map(seed).set(name, value));
}

function seedWithout(...names: MemStatsField[]) {
  return memStatsOf(new Map(seed.filter(([name]) => !names.includes(name))));
}

function assertMalformed(reading: ReturnType<typeof memStatsOf>, detail: RegExp) {
  assert.equal(!reading.ok && reading.reason, 'malformed', JSON.stringify(reading));
  assert.match(reading.ok ? '' : reading.detail, detail);
}

test('the seed case adds up', () => {
  const reading = memStatsOf(new Map(seed));
  assert.ok(reading.ok, JSON.stringify(reading));
  assert.equal(reading.value.sys - reading.value.heapReleased, 41115928);
  assert.equal(reading.value.nextGc, 22293192);
  assert.equal(reading.value.numGc, 12);
  assert.deepEqual(checkMemStats(reading.value), reading);
});

test('a Sys that is not the sum of its parts is refused with the difference', () => {
  assertMalformed(seedWith('Sys', 141271321), /Sys - .* is 1 bytes, not 0/);
  assertMalformed(seedWith('OtherSys', 1785474), /Sys - .* is -1 bytes, not 0/);
});

test('a HeapSys that is not HeapInuse and HeapIdle is refused with the difference', () => {
  assertMalformed(seedWith('HeapIdle', 104562689), /HeapSys - \(HeapInuse \+ HeapIdle\) is -1 bytes/);
});

test('a part that is larger than its whole is refused', () => {
  assertMalformed(seedWith('HeapReleased', 104562689), /HeapReleased is 1 bytes more than HeapIdle/);
  assertMalformed(seedWith('HeapAlloc', 23281665), /HeapAlloc is 1 bytes more than HeapInuse/);
  assertMalformed(seedWith('StackInuse', 2129921), /StackInuse is 1 bytes more than StackSys/);
});

test('very old Go tells neither GCSys nor OtherSys, and their sum may be anything that is left of Sys', () => {
  const reading = seedWithout('GCSys', 'OtherSys');
  assert.ok(reading.ok, JSON.stringify(reading));
  assert.equal(reading.value.gcSys, undefined);
  assert.equal(reading.value.otherSys, undefined);
  assertMalformed(checkMemStats({ ...reading.value, sys: bytes(100_000_000) }), /is -\d+ bytes/);
  assertMalformed(seedWithout('GCSys'), /only one of GCSys and OtherSys/);
});

test('each required field is missed by name', () => {
  for (const [name] of seed) {
    if (name === 'NumGC') assert.ok(seedWithout(name).ok);
    else assertMalformed(seedWithout(name), new RegExp(name));
  }
});

test('no field is taken that is negative, no integer or too large to be exact', () => {
  for (const [name] of seed) {
    for (const value of [-1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      if (name === 'NextGC' && value === 2 ** 53) continue; // as good as off
      assertMalformed(seedWith(name, value), new RegExp(`MemStats.${name} is`));
    }
  }
});

test('a next GC beyond all addresses means that the GC is off, or as good as that', () => {
  for (const value of [2 ** 48 + 4096, 2 ** 54, Number('8946670875743901533'), 2 ** 64 - 1]) {
    const reading = seedWith('NextGC', value);
    assert.ok(reading.ok, JSON.stringify(reading));
    assert.equal(reading.value.nextGc, undefined);
  }
  const reachable = seedWith('NextGC', 2 ** 48);
  assert.equal(reachable.ok && reachable.value.nextGc, 2 ** 48);
});

test('no part is believed that is larger than all addresses of Go, alone or with the others', () => {
  const most = 2 ** 48;
  for (const name of ['HeapSys', 'StackSys', 'MSpanSys', 'MCacheSys', 'BuckHashSys', 'GCSys', 'OtherSys'] as const) {
    const rest = 141271320 - (new Map(seed).get(name) ?? 0);
    for (const [value, isBelieved] of [
      [most - rest, true],
      [most - rest + 1, false],
      [2 ** 50, false],
      [2 ** 53 - 1 - rest, false],
    ] as const) {
      const fields = new Map(seed).set(name, value).set('Sys', rest + value);
      if (name === 'HeapSys') fields.set('HeapInuse', value - 104562688);
      const reading = memStatsOf(fields);
      if (isBelieved) assert.ok(reading.ok, JSON.stringify(reading));
      else assertMalformed(reading, /MemStats\.Sys is \d+: more than the 256 TiB of addresses/);
    }
  }
});
