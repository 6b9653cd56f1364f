import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { optionalSize, parseFlat, readLimit, readSize } from '../../../src/kernel/cgroup/numbers.ts';
import { levelV1, ownV1, parseStatV1 } from '../../../src/kernel/cgroup/v1.ts';
import { levelV2, ownV2, parseStatV2 } from '../../../src/kernel/cgroup/v2.ts';
import { known } from '../../../src/model/reading.ts';
import { bytes } from '../../../src/model/units.ts';
import { fixtures, made, recorded } from './groups.ts';

test('a key that comes twice, is no number or is past 2^53 is unknown, and the others stand', () => {
  const numbers = parseFlat('anon 4096\nfile 1\nfile 2\nfile 3\nshmem x\nkernel 99999999999999999999\nsock -1\nodd 1 2\n\nslab 7');

  assert.deepEqual(
    [...numbers],
    [
      ['anon', 4096],
      ['slab', 7],
    ],
  );
});

test('no text makes a parser throw', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const number of parseFlat(text).values()) assert.ok(Number.isSafeInteger(number));
      parseStatV1(text, undefined);
      parseStatV2(text);
    }),
  );
});

test('`max` and a number past 2^53 are no limit; a file that is not there or holds something else is a gap', () => {
  const read = made({ max: 'max\n', huge: '9223372036854771712\n', set: '4096\n', odd: '4 kB\n', empty: '' });

  assert.deepEqual(readLimit(read, 'max'), { ok: true, value: undefined });
  assert.deepEqual(readLimit(read, 'huge'), { ok: true, value: undefined });
  assert.deepEqual(readLimit(read, 'set'), { ok: true, value: 4096 });
  for (const name of ['odd', 'empty', 'none']) {
    assert.ok(!readLimit(read, name).ok, name);
    assert.ok(!readSize(read, name).ok, name);
    assert.equal(optionalSize(read, name), undefined, name);
  }
});

test('every recorded v2 group gives a level that adds up to its usage', () => {
  for (const kernel of ['v2-6.1', 'v2-6.12', 'v2-7.2']) {
    for (const group of kernel === 'v2-6.1' ? ['file', 'high'] : ['anon', 'high', 'oom', 'shm']) {
      const read = recorded(`${kernel}/${group}`);
      const level = levelV2('/', read);
      const own = ownV2(read);
      assert.ok(level.ok && own.ok, `${kernel}/${group}`);
      const { anon = 0, file = 0, kernel: inKernel = 0, sock = 0 } = level.value.stat;
      const residual = level.value.usage - anon - file - inKernel - sock;
      assert.ok(Math.abs(residual) < 1024 * 4096, `${kernel}/${group}: ${residual}`); // ledger: 576 pages under memory.high
      assert.equal(level.value.limit, readNumber(`${kernel}/${group}`, 'memory.max'));
      assert.notEqual(level.value.stat.pageTables, undefined);
    }
  }
});

test('v2: throttling limit, peak and swap come from their own files', () => {
  const read = recorded('v2-7.2/high');

  assert.equal(known(levelV2('/', read))?.high, bytes(41_943_040));
  assert.deepEqual(known(ownV2(read)), {
    usageBefore: bytes(47_599_616),
    peak: bytes(47_599_616),
    swap: bytes(0),
    swapLimit: undefined,
    hierarchicalLimit: undefined,
  });
});

test('v2: what kernel 5.10 does not tell is absent', () => {
  const stat = parseStatV2(
    'anon 4096\nfile 8192\nkernel_stack 16384\npercpu 0\nsock 0\nshmem 0\nslab_reclaimable 1\nslab_unreclaimable 2\n',
  );

  assert.equal(stat.anon, bytes(4096));
  assert.equal(stat.kernel, undefined);
  assert.equal(stat.pageTables, undefined);
  assert.equal(stat.zswap, undefined);
});

test('the LRU lists hold what is anon or file, and beside it only what Go gave back of huge pages that are not split yet', () => {
  const beside = (name: string, level: typeof levelV1 | typeof levelV2) => {
    const read = known(level('/', recorded(name)));
    const { lists, anon, file } = read?.stat ?? {};
    assert.ok(read !== undefined && lists !== undefined && anon !== undefined && file !== undefined, name);
    return { pages: (lists - anon - file) / 4096, residual: (read.usage - anon - file - (read.stat.kernel ?? 0)) / 4096 };
  };
  for (const name of ['v1-6.18/anon', 'v1-6.18/file', 'v1-6.18/shm', 'v1-6.18/oom']) assert.equal(beside(name, levelV1).pages, 0, name);
  for (const group of [
    'v2-6.1/file',
    'v2-6.1/anon',
    'v2-6.12/anon',
    'v2-6.12/high',
    'v2-6.12/oom',
    'v2-6.12/shm',
    'v2-7.2/anon',
    'v2-7.2/file',
  ]) {
    const { pages } = beside(group, levelV2);
    assert.ok(pages <= 0 && pages >= -16, `${group}: ${pages}`); // what a CPU has not put on a list yet
  }
  // the lab in test/vm: 100 MiB made, deleted, made and deleted again, huge pages always on
  assert.deepEqual(beside('v2-6.12/scavenged', levelV2), { pages: 2422, residual: 2422 });
});

test('v2: page tables include the secondary ones', () => {
  assert.equal(parseStatV2('pagetables 4096\nsec_pagetables 8192\n').pageTables, bytes(12_288));
});

test('every recorded v1 group gives a level that adds up to its usage', () => {
  for (const group of ['anon', 'file', 'shm', 'oom']) {
    const read = recorded(`v1-6.18/${group}`);
    const level = levelV1('/', read);
    const own = ownV1(read);
    assert.ok(level.ok && own.ok, group);
    const { anon = 0, file = 0, kernel = 0 } = level.value.stat;
    assert.ok(Math.abs(level.value.usage - anon - file - kernel) < 200 * 4096, group); // ledger: 10 to 117 pages
    assert.equal(level.value.limit, readNumber(`v1-6.18/${group}`, 'memory.limit_in_bytes'), group);
    assert.equal(own.value.hierarchicalLimit, level.value.limit, group);
    assert.equal(level.value.high, undefined);
  }
});

test('v1: the numbers are those that include child groups', () => {
  const stat = parseStatV1('cache 1\nrss 2\ntotal_cache 10\ntotal_rss 20\ntotal_shmem 3\ntotal_inactive_file 4\n', bytes(5));

  assert.equal(stat.file, bytes(10));
  assert.equal(stat.anon, bytes(20));
  assert.equal(stat.kernel, bytes(5));
});

test('v1: swap comes from the stat, else from memsw less memory; its limit is what memsw allows more', () => {
  const sizes = {
    'memory.usage_in_bytes': '100',
    'memory.limit_in_bytes': '1000',
    'memory.memsw.usage_in_bytes': '130',
    'memory.memsw.limit_in_bytes': '1500',
  };
  const counted = known(ownV1(made({ ...sizes, 'memory.stat': 'total_swap 40\n' })));
  const derived = known(ownV1(made({ ...sizes, 'memory.stat': 'total_rss 40\n' })));
  const none = known(ownV1(made({ 'memory.usage_in_bytes': '100', 'memory.stat': '' })));

  assert.equal(counted?.swap, bytes(40));
  assert.equal(counted?.swapLimit, bytes(500));
  assert.equal(derived?.swap, bytes(30));
  assert.equal(none?.swap, undefined);
  assert.equal(none?.swapLimit, undefined);
});

test('a limit that cannot be read is no group without a limit', () => {
  const read = made({ 'memory.stat': 'anon 1\n', 'memory.current': '1\n', 'memory.max': 'many\n' });

  assert.ok(!levelV2('/', read).ok);
});

/**
 * Charged to the group only where the cgroup file system is mounted with memory_hugetlb_accounting (Linux 6.6): no recorded group has it.
 */
const toldByNone = ['hugetlb'];

test('everything that is taken from memory.stat is told by a recorded group', () => {
  const groups = readdirSync(fixtures, { recursive: true, encoding: 'utf8' }).filter((path) => /^v2-.*memory\.stat$/.test(path));
  const told = groups.map((path) => Object.entries(parseStatV2(readFileSync(join(fixtures, path), 'utf8'))));
  const known = new Set(told.flat().flatMap(([key, value]) => (value === undefined ? [] : [key])));
  assert.deepEqual(
    Object.keys(parseStatV2('')).filter((key) => !known.has(key)),
    toldByNone,
  );
});

function readNumber(group: string, file: string): number {
  const text = recorded(group)(file);
  return text.ok ? Number(text.value) : Number.NaN;
}
