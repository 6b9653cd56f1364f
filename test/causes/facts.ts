import fc from 'fast-check';
import { ledgerOf } from '../../src/books/ledger.ts';
import type { Facts } from '../../src/causes/engine/cause.ts';
import { series } from '../../src/history/past.ts';
import { rssTable } from '../../src/model/components/rss.ts';
import { namesOf } from '../../src/model/components/table.ts';
import { found, missing, type Reading } from '../../src/model/reading.ts';
import { bytes } from '../../src/model/units.ts';
import { cgroupStatWith, memStatsWith, snapshotWith } from '../snapshots.ts';
import { bookWith } from './books.ts';
import { pastOf } from './pasts.ts';

const mib = 1024 ** 2;
const components = namesOf(rssTable, () => true);
const size = fc.oneof(fc.nat(8 * 1024), fc.nat(64)).map((pages) => bytes(pages * 256 * 1024));
const sane = fc.oneof(size, fc.nat(2 ** 31).map(bytes));
/** What a hostile or broken source may say. */
const wild = fc.oneof(size, size, size, fc.constantFrom(-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY).map(bytes));
const gap = missing('denied', 'not in this one');

function reading<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Reading<T>> {
  return fc.oneof({ weight: 5, arbitrary: value.map((each) => found(each)) }, { weight: 1, arbitrary: fc.constant(gap) });
}

/** A MemStats whose identities hold. */
const memstats = fc
  .record({
    live: sane,
    free: sane,
    reserved: sane,
    released: sane,
    stacks: sane,
    tables: fc.tuple(sane, sane, sane, sane, sane),
    nextGc: sane,
    numGc: fc.nat(50),
  })
  .map(({ live, free, reserved, released, stacks, tables: [mspanSys, mcacheSys, buckHashSys, gcSys, otherSys], nextGc, numGc }) => {
    const heapInuse = bytes(live + free);
    const heapIdle = bytes(reserved + released);
    const heapSys = bytes(heapInuse + heapIdle);
    const sys = bytes(heapSys + stacks + mspanSys + mcacheSys + buckHashSys + gcSys + otherSys);
    const heap = { heapAlloc: live, heapInuse, heapIdle, heapReleased: released, heapSys, stackInuse: stacks, stackSys: stacks };
    return memStatsWith({ sys, ...heap, mspanSys, mcacheSys, buckHashSys, gcSys, otherSys, nextGc, numGc });
  });

const optional = fc.option(wild, { nil: undefined });
const told = fc.option(sane, { nil: undefined }); // what a parser has checked
const statLines = fc
  .dictionary(
    fc.constantFrom(
      'anon',
      'file',
      'shmem',
      'kernel',
      'kernelStack',
      'zswap',
      'hugetlb',
      'pageTables',
      'lists',
      'swapCached',
      'anonHuge',
      'unevictable',
      'percpu',
      'vmalloc',
      'slabReclaimable',
      'slabUnreclaimable',
      'sock',
      'dirty',
      'writeback',
    ),
    wild,
  )
  .map((lines) => cgroupStatWith({ anon: bytes(mib), file: bytes(mib), ...lines }));

const snapshot = fc
  .record({
    go: reading(
      fc.record({
        memstats: fc.oneof(
          memstats,
          fc.record({ sys: wild, heapAlloc: wild, nextGc: wild.filter((size) => !Number.isNaN(size)) }).map(memStatsWith),
        ),
        memoryLimit: fc.oneof(sane, fc.constant('off' as const)),
        goVersion: fc.constantFrom('go1.21.2', 'go1.24.1', 'go1.27', 'devel', ''),
        goroutines: fc.nat(10 ** 6),
      }),
    ),
    status: reading(
      fc.record({
        name: fc.string(),
        vmRss: sane,
        vmHwm: told,
        rssAnon: told,
        rssFile: told,
        rssShmem: told,
        vmSwap: told,
        vmPte: told,
        vmLck: told,
        vmPin: told,
        hugetlbPages: told,
        threads: fc.option(fc.nat(5000), { nil: undefined }),
      }),
    ),
    others: reading(
      fc.record({ count: fc.nat(9), rss: told, anon: told, largest: fc.record({ pid: fc.nat(), name: fc.string(), rss: sane }) }),
    ),
    kernelThp: reading(fc.constantFrom('always', 'madvise', 'never')),
    group: reading(fc.record({ usage: wild, limit: optional, stat: statLines, version: fc.constantFrom(1 as const, 2 as const) })),
  })
  .map(({ group, ...rest }) =>
    snapshotWith({
      ...rest,
      cgroup: group.ok
        ? found({
            version: group.value.version,
            via: 'root',
            levels: [{ path: '/x', high: undefined, ...group.value }],
            usageBefore: group.value.usage,
            peak: undefined,
            swap: undefined,
            swapLimit: undefined,
            hierarchicalLimit: undefined,
          })
        : group,
    }),
  );

const book = fc
  .record({
    parts: fc.tuple(...components.map(() => fc.option(sane, { nil: 0 }))),
    notResident: told,
    huge: sane,
    reason: fc.constantFrom('locked', 'hugepages', 'unknown', undefined),
    libraries: fc.constantFrom([], ['libjemalloc.so.2'], ['libtcmalloc.so']),
    path: fc.string(),
    named: fc.record({
      locked: sane,
      files: sane,
      dirty: sane,
      pss: sane,
      distinct: sane,
      chargedTo: fc.constantFrom('nobody', 'kernel memory', 'unknown'),
    }),
  })
  .map(({ parts, notResident, huge, reason, libraries, path, named }) =>
    bookWith(Object.fromEntries(components.map((name, index) => [name, parts[index] ?? 0])), {
      notResident,
      libraries,
      heapPages: { resident: huge, swapped: 0, lazyFree: 0, locked: 0, huge, eligible: libraries.length > 0 },
      released: { lazyFree: 0, beyond: 0, floor: 0, ceiling: huge, reason, notResident: 0 },
      largestFiles: [{ path, rss: bytes(4096) }],
      named: {
        files: { clean: named.files, dirty: named.dirty, locked: named.locked },
        locked: { total: named.locked, files: bytes(Math.min(named.locked, named.files)), largest: [{ path, rss: named.files }] },
        copies: [{ path, rss: named.dirty }],
        kernel: [{ name: path, chargedTo: named.chargedTo, rss: named.pss, pss: named.pss, size: named.pss }],
        shared: { distinct: named.distinct, largest: [{ path, rss: named.distinct }] },
      },
    }),
  );

const past = fc
  .tuple(fc.array(fc.tuple(fc.constantFrom(...series), fc.array(sane, { maxLength: 40 })), { maxLength: 12 }), fc.constantFrom(15, 300))
  .map(([values, step]) => pastOf(Object.fromEntries(values), step));

/** Whatever a ledger and a past can say, sane or not. */
export const arbitraryFacts: fc.Arbitrary<Facts> = fc
  .tuple(snapshot, fc.oneof({ weight: 4, arbitrary: book }, { weight: 1, arbitrary: fc.constant(undefined) }), past)
  .map(([known, mapped, seen]) => ({ ledger: ledgerOf(known, mapped), past: seen }));
