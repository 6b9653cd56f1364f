import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Book, balance } from '../../src/books/balance.ts';
import { cgroupBook } from '../../src/books/cgroup.ts';
import { goBook } from '../../src/books/go.ts';
import { rssKinds } from '../../src/books/ledger.ts';
import { parseStatV2 } from '../../src/kernel/cgroup/v2.ts';
import { cgroupTable } from '../../src/model/components/cgroup.ts';
import { namesOf } from '../../src/model/components/table.ts';
import type { Reading } from '../../src/model/reading.ts';
import { type Bytes, bytes } from '../../src/model/units.ts';
import { cgroupStatWith, memStatsWith } from '../snapshots.ts';

const size = fc.oneof(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: -10, max: 10 }), fc.double(), fc.maxSafeInteger()).map(bytes);
const maybe = fc.option(size, { nil: undefined });

/** Components are named by memgap; fast-check likes the one name that is no ordinary key of an object. */
const name = fc.string().filter((text) => text !== '__proto__');

/** What every book promises, whatever it was made from. */
function assertBalanced(book: Reading<Book<string>>): void {
  if (!book.ok) {
    assert.equal(book.reason, 'malformed');
    return;
  }
  const { total, components, unattributed } = book.value;
  const sizes = Object.values(components).filter((part): part is Bytes => part !== undefined);
  assert.ok(sizes.reduce((sum, part) => sum + part, 0) + unattributed === total); // not assert.equal, which parts 0 from -0
  for (const part of sizes) assert.ok(Number.isSafeInteger(part) && part >= 0);
}

test('a book balances to the byte or is malformed, for arbitrary parts', () => {
  fc.assert(fc.property(size, fc.dictionary(name, maybe), (total, parts) => assertBalanced(balance('test', total, parts))));
});

test('the Go book balances for arbitrary MemStats', () => {
  const memstats = fc.record({
    sys: size,
    heapAlloc: size,
    heapSys: size,
    heapIdle: size,
    heapInuse: size,
    heapReleased: size,
    stackInuse: size,
    stackSys: size,
    mspanSys: size,
    mcacheSys: size,
    buckHashSys: size,
    gcSys: maybe,
    otherSys: maybe,
    nextGc: maybe,
    numGc: maybe,
  });
  fc.assert(fc.property(memstats, (stats) => assertBalanced(goBook(stats))));
});

test('the cgroup book balances for arbitrary lines of memory.stat', () => {
  const stat = fc.record({
    anon: size,
    file: size,
    shmem: maybe,
    kernel: maybe,
    kernelStack: maybe,
    pageTables: maybe,
    percpu: maybe,
    vmalloc: maybe,
    slabReclaimable: maybe,
    slabUnreclaimable: maybe,
    zswap: maybe,
    sock: maybe,
    hugetlb: maybe,
    lists: maybe,
    swapCached: maybe,
  });
  fc.assert(fc.property(size, stat, (usage, lines) => assertBalanced(cgroupBook(usage, cgroupStatWith(lines)))));
});

test('a line within the kernel of memory.stat is counted once, whatever the others say', () => {
  const within = namesOf(cgroupTable, (row) => row.within === 'kernel');
  const keys = [
    'kernel_stack',
    'pagetables',
    'sec_pagetables',
    'percpu',
    'vmalloc',
    'slab_reclaimable',
    'slab_unreclaimable',
    'zswap',
    'sock',
  ];
  const pages = fc.nat(2 ** 30).map((count) => count * 4096);
  const lines = fc.dictionary(fc.constantFrom(...keys), pages);
  fc.assert(
    fc.property(lines, pages, pages, (told, rest, outside) => {
      const { sock = 0, ...ofKernel } = told;
      if (ofKernel.pagetables === undefined) delete ofKernel.sec_pagetables; // Linux 5.11 and 6.2
      const kernel = rest + Object.values(ofKernel).reduce((sum, part) => sum + part, 0);
      const text = Object.entries({ anon: 4096, file: 0, ...ofKernel, kernel, sock }).map(([key, size]) => `${key} ${size}\n`);
      const book = cgroupBook(bytes(4096 + kernel + sock + outside), parseStatV2(text.join('')));
      assert.ok(book.ok);
      const { components, unattributed } = book.value;
      assert.equal(
        within.reduce((sum, name) => sum + (components[name] ?? 0), 0),
        kernel,
      );
      assert.equal(components.kernel_other, rest);
      assert.equal(unattributed, outside);
    }),
  );
});

test('RSS by kind balances for arbitrary lines of status', () => {
  const lines = fc.record({ vmRss: size, rssAnon: maybe, rssFile: maybe, rssShmem: maybe });
  const rest = { name: 'x', vmHwm: undefined, vmSwap: undefined, vmPte: undefined, threads: undefined };
  fc.assert(
    fc.property(lines, (status) => {
      const kinds = rssKinds({ ...rest, ...status });
      if (kinds.ok || kinds.reason !== 'unsupported') assertBalanced(kinds);
    }),
  );
});

test('a part that is not known stays out of the components, and its bytes in unattributed', () => {
  const book = balance('test', bytes(10), { a: bytes(4), b: undefined });

  assert.deepEqual(book.ok && book.value, { total: 10, components: { a: 4 }, unattributed: 6 });
});

test('a Go text without GCSys and OtherSys leaves their sum unattributed and all else told', () => {
  const book = goBook(memStatsWith({ gcSys: undefined, otherSys: undefined }));

  assert.ok(book.ok);
  assert.equal(book.value.unattributed, 6 * 1024 * 1024);
  assert.ok(!('gc_metadata' in book.value.components) && !('other' in book.value.components));
  assert.equal(book.value.used, 70 * 1024 * 1024);
});

test('a negative difference is malformed, not a negative component', () => {
  const book = goBook(memStatsWith({ heapAlloc: bytes(40 * 1024 * 1024) }));

  assert.equal(!book.ok && book.reason, 'malformed');
});

test('with the GC off there is no headroom to the next cycle', () => {
  const book = goBook(memStatsWith({ nextGc: undefined }));

  assert.ok(book.ok);
  assert.equal(book.value.nextGcHeadroom, undefined);
});

test('kernel memory that this kernel does not name is kernel_other', () => {
  const book = cgroupBook(
    bytes(1000),
    cgroupStatWith({ anon: bytes(500), file: bytes(100), shmem: bytes(40), kernel: bytes(300), kernelStack: bytes(50) }),
  );

  assert.deepEqual(book.ok && book.value.components, { anon: 500, shmem: 40, file_cache: 60, kernel_stack: 50, kernel_other: 250 });
  assert.equal(book.ok && book.value.unattributed, 100);
});

test('what is on the LRU lists and neither anon nor file nor in the swap cache is huge pages given back in part', () => {
  const known = { anon: bytes(500), file: bytes(100), swapCached: bytes(20) };
  const component = (lists: number | undefined) => {
    const book = cgroupBook(bytes(1000), cgroupStatWith({ ...known, lists: lists === undefined ? undefined : bytes(lists) }));
    return book.ok && book.value.components.anon_unmapped;
  };

  assert.equal(component(660), 40);
  assert.equal(component(590), 0, 'pages that a CPU has not put on a list yet');
  assert.equal(component(undefined), undefined);
});

test('a kernel without the kernel line (5.10) leaves what it does not tell unattributed', () => {
  const book = cgroupBook(bytes(1000), cgroupStatWith({ anon: bytes(500), file: bytes(100), shmem: bytes(0), slabReclaimable: bytes(10) }));

  assert.ok(book.ok && !('kernel_other' in book.value.components));
  assert.equal(book.value.unattributed, 390);
});
