import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type RssBook, rssBook } from '../../../src/books/owners/book.ts';
import { memoryToLookAt, rangesToLookUp } from '../../../src/books/owners/choose/questions.ts';
import type { Seen } from '../../../src/books/owners/seen.ts';
import type { MemStats } from '../../../src/model/go.ts';
import type { ExeImage, Mapping, MappingEvidence } from '../../../src/model/mapping.ts';
import { found, missing } from '../../../src/model/reading.ts';
import { type Bytes, bytes } from '../../../src/model/units.ts';
import { runs } from '../../runs.ts';
import { mappingWith, recorded } from './evidence.ts';

const page = 4096;
const mib = 1 << 20;
const size = (max = 512 * mib) => fc.oneof(fc.nat(64), fc.nat(max / page)).map((pages) => bytes(pages * page));
const count = fc.oneof(fc.nat(2 ** 31), fc.nat(8 * mib), fc.constant(0), fc.constant(0)).map(bytes);
/** Near the places that the rules look at. */
const address = fc
  .tuple(
    fc.constantFrom(0x400000, 0xc000000000, 0xc004000000, 0x4c12c000000, 0x55d000000000, 0x7f89f4000000, 0x7f89fe12f000),
    fc.nat(60_000),
  )
  .map(([base, pages]) => base + pages * page);

const paths = fc.constantFrom(
  '',
  '',
  '',
  '/opt/lab/lab',
  '/opt/lab/lab (deleted)',
  '/lib/libc.so.6',
  '/dev/shm/x',
  '/memfd:x (deleted)',
  '/var/data',
  'anon_inode:[io_uring]',
  '/anon_inode:bpf-map',
  'socket:[7]',
  '/secretmem (deleted)',
  '[heap]',
  '[stack]',
  '[vdso]',
  '[anon: Go: heap]',
  '[anon: Go: immortal metadata]',
  '[anon: glibc: malloc]',
  '[something]',
  '/x/[heap]',
);

const mapping: fc.Arbitrary<Mapping> = fc
  .record({
    start: address,
    length: fc.oneof(size(), fc.constantFrom(page, 32 * mib, 64 * mib, 8 * mib).map(bytes)),
    permissions: fc.constantFrom('rw-p', 'rw-p', 'rw-p', '---p', '---p', 'r--p', 'r-xp', 'rw-s', ''),
    path: paths,
    inode: fc.constantFrom(0, 0, 7),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    flags: fc.constantFrom('', 'rd wr mr mw me ac', 'rd wr mr mw me nr', 'rd wr mr mw me ac nh', 'rd wr mr mw me lo ac hg', 'ht dp'),
    other: fc.tuple(size(), size(), size(), size(), size()),
    dirty: size(),
    pss: fc.option(size(), { nil: undefined }),
    offset: size(),
    thpEligible: fc.constantFrom(true, false, undefined),
  })
  .map(({ start, length, share, other, pss, ...rest }) => {
    const [anonymous, swap, lazyFree, anonHugePages, locked] = other;
    const rss = bytes(Math.floor((length * share) / page) * page);
    return mappingWith({
      ...rest,
      start,
      end: start + length,
      rss,
      anonymous,
      swap,
      ...(pss !== undefined && { pss: lesser(pss, rss) }),
      lazyFree: lesser(lazyFree, rss),
      anonHugePages,
      locked,
    });
  });

function lesser(a: Bytes, b: Bytes): Bytes {
  return bytes(Math.min(a, b));
}

const memstats: fc.Arbitrary<MemStats> = fc.record({
  sys: count,
  heapAlloc: count,
  heapSys: count,
  heapIdle: count,
  heapInuse: count,
  heapReleased: count,
  stackInuse: count,
  stackSys: count,
  mspanSys: count,
  mcacheSys: count,
  buckHashSys: count,
  gcSys: fc.option(count, { nil: undefined }),
  otherSys: fc.option(count, { nil: undefined }),
  nextGc: fc.constant(undefined),
  numGc: fc.constant(undefined),
});

const exe: fc.Arbitrary<ExeImage> = fc.record({
  path: fc.constantFrom('/opt/lab/lab', ''),
  device: fc.constantFrom('00:00', undefined),
  inode: fc.constantFrom(7, undefined),
  positionIndependent: fc.boolean(),
  segments: fc.array(
    fc.record({
      address: fc.oneof(fc.nat(16 * mib), fc.nat(2 ** 47)),
      fileSize: fc.nat(16 * mib),
      memorySize: fc.oneof(fc.nat(64 * mib), fc.nat(2 ** 47)),
      writable: fc.boolean(),
    }),
    { maxLength: 4 },
  ),
});

const gap = missing('disabled', 'not read');
const reading = <T>(value: fc.Arbitrary<T>) => fc.oneof(value.map(found), fc.constant(gap));
const range = fc.tuple(address, size(64 * mib)).map(([start, length]) => ({ start, end: start + length }));

const nowhere = { bucketsAt: undefined, bitsAt: undefined, spansAt: undefined, pagesAt: undefined, summariesAt: undefined };
const places = { chunksAt: 8, arenasAt: 16, ...nowhere, scavengingAt: undefined };

const evidence: fc.Arbitrary<MappingEvidence> = fc.record({
  mappings: fc.array(mapping, { maxLength: 40 }),
  exe: reading(exe),
  stackLimit: fc.constantFrom(bytes(8 * mib), bytes(0), undefined),
  present: reading(
    fc.array(
      fc.tuple(range, size(), fc.array(size(), { maxLength: 3 })).map(([both, present, runs]) => ({ ...both, present, runs })),
      { maxLength: 4 },
    ),
  ),
  chunks: reading(
    fc.record({
      ranges: fc.array(range, { maxLength: 3 }),
      heaps: fc.array(address, { maxLength: 3 }),
      others: fc.array(address, { maxLength: 3 }),
    }),
  ),
  own: reading(fc.record({ ranges: fc.array(range, { maxLength: 3 }), places: fc.constant(places) })),
  before: reading(memstats),
  after: reading(memstats),
  build: reading(
    fc.record({
      goVersion: fc.constant('go1.27'),
      mainModule: fc.constant(undefined),
      goarch: fc.constant('amd64'),
      cgo: fc.constantFrom(true, false, undefined),
      instrumented: fc.boolean(),
    }),
  ),
  tmpfsDevices: fc.constantFrom([], ['00:00']),
});

const seen: fc.Arbitrary<Seen> = fc.record({
  go: fc.array(range, { maxLength: 3 }).map((ranges) => ranges.sort((a, b) => a.start - b.start)),
  unclaimedAnon: fc.array(range, { maxLength: 3 }).map((ranges) => ranges.sort((a, b) => a.start - b.start)),
  nonGoAnon: fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
  mallocArenas: fc.array(address, { maxLength: 2 }),
  maxMisattributed: fc.nat(128 * 1024),
});

function check(given: MappingEvidence, before: Seen | undefined): void {
  const book = rssBook(given, before);
  rangesToLookUp(given, before);
  memoryToLookAt(given, before);
  if (!book.ok) {
    assert.equal(book.reason, 'mismatch');
    return;
  }
  const { total, components, unattributed, ambiguity, bracketWidth, moved, slack, score, nonGoAnon, released } = book.value;
  const sum = Object.values(components).reduce((all, part) => all + part, 0);
  assert.equal(sum + unattributed, total);
  assert.equal(
    total,
    given.mappings.reduce((all, { rss }) => all + rss, 0),
  );
  for (const part of Object.values(components)) assert.ok(Number.isSafeInteger(part) && part >= 0);
  assert.ok(unattributed >= 0);
  for (const figure of [ambiguity, bracketWidth, moved, slack, score]) assert.ok(Number.isFinite(figure) && figure >= 0, String(figure));
  assert.ok(moved <= ambiguity + slack);
  assert.ok(0 <= nonGoAnon.low && nonGoAnon.low <= nonGoAnon.estimate && nonGoAnon.estimate <= nonGoAnon.high, JSON.stringify(nonGoAnon));
  checkNames(book.value);
  if (released !== undefined) assert.ok(0 <= released.floor && released.floor <= released.ceiling);
}

/** What is told of the mappings beyond their owners is within the components, to the byte. */
function checkNames({ total, components, named: { files, locked, copies, kernel, shared } }: RssBook): void {
  assert.equal(files.clean + files.dirty + files.locked, components.mapped_files);
  for (const part of Object.values(files)) assert.ok(part >= 0);
  assert.ok(files.locked <= locked.files && locked.files <= locked.total && locked.total <= total);
  assert.ok(sumOf(copies) <= (components.file_cow ?? 0) && sumOf(locked.largest) <= locked.files);
  assert.ok(sumOf(kernel) <= (components.kernel_mappings ?? 0));
  for (const { rss, pss } of kernel) assert.ok(0 <= pss && pss <= rss);
  assert.ok(0 <= shared.distinct && shared.distinct <= (components.shmem ?? 0));
}

function sumOf(list: ReadonlyArray<{ readonly rss: number }>): number {
  return list.reduce((sum, { rss }) => sum + rss, 0);
}

test('for arbitrary mappings and Go numbers the book balances, never throws, has no negative component and finite figures', () => {
  fc.assert(
    fc.property(evidence, fc.option(seen, { nil: undefined }), (given, before) => check(given, before)),
    { numRuns: runs(1500) },
  );
});

test('so it does for a real process of which some mappings were lost or changed', () => {
  const { walks } = recorded('go1.19-cgo-malloc-large');
  const real = walks[1];
  assert.ok(real);
  const changed = fc.array(fc.tuple(fc.nat(real.mappings.length - 1), fc.constantFrom('lost', 'twice', 'other'), mapping), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(changed, fc.option(memstats, { nil: undefined }), (changes, stats) => {
      let { mappings } = real;
      for (const [index, change, other] of changes) {
        const one = change === 'lost' ? [] : change === 'twice' ? mappings.slice(index, index + 1) : [other];
        mappings = [...mappings.slice(0, index), ...one, ...mappings.slice(change === 'twice' ? index : index + 1)];
      }
      check({ ...real, mappings, ...(stats === undefined ? {} : { after: found(stats) }) }, undefined);
    }),
    { numRuns: runs(300) },
  );
});
