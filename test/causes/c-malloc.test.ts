import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentences } from '../../src/answer/verdict.ts';
import { ledgerOf } from '../../src/books/ledger.ts';
import type { RssBook } from '../../src/books/owners/book.ts';
import { goMetadata } from '../../src/causes/go/go-metadata.ts';
import { raceDetector } from '../../src/causes/go/race-detector.ts';
import { cMallocRetained } from '../../src/causes/native/c-malloc-retained.ts';
import { nativeMmap } from '../../src/causes/native/native-mmap.ts';
import type { BuildInfo, MemStats } from '../../src/model/go.ts';
import type { MallocHeld } from '../../src/model/mapping.ts';
import { found, known } from '../../src/model/reading.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { bytes } from '../../src/model/units.ts';
import { memStatsWith, snapshotWith } from '../snapshots.ts';
import { bookWith } from './books.ts';
import { pastOf } from './pasts.ts';

const mib = (count: number) => bytes(count * 1024 ** 2);
const build: BuildInfo = { goVersion: 'go1.27', mainModule: 'x', goarch: 'amd64', cgo: true, instrumented: false };

interface Given {
  readonly components?: Parameters<typeof bookWith>[0];
  readonly book?: Partial<RssBook>;
  readonly held?: MallocHeld;
  readonly memstats?: Partial<MemStats>;
  readonly build?: Partial<BuildInfo>;
}

/** 129 MiB of C malloc beside a Go heap of 20 MiB that was collected twelve times, and what a test is about. */
function judged(cause: typeof cMallocRetained, { components = {}, book = {}, held, memstats = {}, build: other = {} }: Given = {}) {
  const snapshot: Partial<Snapshot> = {
    go: found({ memstats: memStatsWith(memstats) }),
    build: found({ ...build, ...other }),
    ...(held !== undefined && { mallocHeld: found({ at: 0, value: held }) }),
  };
  const parts = { c_malloc: 135_319_552, go_arenas: mib(40), go_metadata: mib(8), ...components };
  const ledger = ledgerOf(snapshotWith(snapshot), bookWith(parts, book));
  const finding = known(cause.judge({ ledger, past: pastOf({}) }));
  assert.ok(finding !== undefined);
  return finding === 'inactive' ? undefined : finding;
}

test('without memory reads in use and kept are not told apart, which is said, and both get their line', () => {
  const { summary, next } = judged(cMallocRetained) ?? {};
  assert.match(summary ?? '', /holds 129 MiB, in use or kept after it was freed: from outside the two look alike/);
  const lines = next?.split('\n') ?? [];
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^what was freed: malloc_trim\(0\)/);
  assert.match(lines[1] ?? '', /^what is in use no setting of malloc gives back.*--process\.memory-reads tells which it is$/);
});

test('memory that is in use gets no setting of malloc: 128 MiB of the lab in blocks of 1000 bytes', () => {
  const held = { resident: bytes(135_319_552), free: bytes(9_120), trimmable: bytes(0) };
  const { summary, next } = judged(cMallocRetained, { held }) ?? {};
  assert.match(summary ?? '', /8\.91 KiB of it freed and kept, the rest in use/);
  assert.doesNotMatch(next ?? '', /malloc_trim|MALLOC_|memory-reads/);
  assert.match(next ?? '', /^what is in use no setting of malloc gives back/);
});

test('memory that is kept gets what gives it back: the same with 15 of 16 blocks freed', () => {
  const held = { resident: bytes(135_319_552), free: bytes(126_836_992), trimmable: bytes(92_315_648) };
  const { summary, next } = judged(cMallocRetained, { held }) ?? {};
  assert.match(summary ?? '', /121 MiB of it freed and kept, the rest in use/);
  assert.match(next ?? '', /^what was freed: malloc_trim\(0\)[^\n]*$/);
  const scattered = judged(cMallocRetained, { held: { ...held, trimmable: mib(1) } })?.next ?? '';
  assert.match(scattered, /^what was freed lies between blocks in use, and malloc_trim gives back little/);
});

test('blocks that malloc mapped one by one are in use, by their headers', () => {
  const { summary, next } = judged(cMallocRetained, { book: { mallocMapped: mib(120) } }) ?? {};
  assert.match(summary ?? '', /0 B of it freed and kept, the rest in use/);
  assert.doesNotMatch(next ?? '', /malloc_trim|MALLOC_|memory-reads/);
});

test('chunks that speak of a small part of it say nothing of the whole', () => {
  const held = { resident: mib(20), free: mib(19), trimmable: mib(19) };
  assert.match(judged(cMallocRetained, { held })?.summary ?? '', /look alike/);
});

test('C memory many times a Go heap that is hardly collected may wait for finalizers', () => {
  const handles = { heapAlloc: bytes(272_384), numGc: 1 };
  for (const held of [undefined, { resident: bytes(135_319_552), free: bytes(0), trimmable: bytes(0) }]) {
    const { summary, next } = judged(cMallocRetained, { memstats: handles, ...(held && { held }) }) ?? {};
    assert.match(
      summary ?? '',
      /has run 1 times for 266 KiB of heap: what waits for finalizers of Go handles is not freed before it runs\.$/,
    );
    assert.match(next ?? '', /heap\?gc=1.*call Close on each handle/);
  }
  const kept = { resident: bytes(135_319_552), free: mib(120), trimmable: mib(100) };
  for (const given of [
    { memstats: { ...handles, numGc: 40 } },
    { memstats: { ...handles, heapAlloc: mib(20) } },
    { memstats: handles, held: kept },
  ])
    assert.doesNotMatch(judged(cMallocRetained, given)?.summary ?? '', /finalizers/);
  const large = judged(nativeMmap, { components: { native_mmap: mib(200), c_malloc: 0 }, memstats: handles, book: sure(200) });
  assert.match(large?.next ?? '', /heap\?gc=1/, 'large blocks of malloc are mapped one by one');
});

test('a cause whose bytes are in doubt says so first, and gives no remedy that is wrong for the other owner', () => {
  const shape = { doubtful: { c_malloc: mib(128) }, narrowedByReads: mib(130) };
  const { isDoubtful, summary, next } = judged(cMallocRetained, { book: shape }) ?? {};
  assert.equal(isDoubtful, true);
  assert.match(
    summary ?? '',
    /^Not certain: 128 MiB of this have the shape of heaps of C's malloc, and may have been mapped by somebody else/,
  );
  assert.equal(next, '--process.memory-reads tells whose they are');
  const wasRead = judged(cMallocRetained, { book: { ...shape, narrowedByReads: bytes(0) } })?.next ?? '';
  assert.doesNotMatch(wasRead, /memory-reads|malloc_trim|MALLOC_/, 'what was read in vain is no advice');
  assert.equal(judged(cMallocRetained, { book: { doubtful: { c_malloc: mib(20) }, narrowedByReads: mib(20) } })?.isDoubtful, undefined);

  const handles = judged(cMallocRetained, { book: shape, memstats: { heapAlloc: bytes(272_384), numGc: 1 } });
  assert.match(handles?.summary ?? '', /^Not certain: .* finalizers of Go handles/);
  assert.equal(handles?.next.split('\n').length, 2, 'what decides it, and a collection, which is right for either owner');

  const between = {
    nonGoAnon: { estimate: mib(60), low: mib(2), high: mib(64), size: mib(70), kind: 'mmap or malloc' as const },
    narrowedByReads: mib(62),
  };
  const native = judged(nativeMmap, { components: { native_mmap: mib(60) }, book: between });
  assert.match(native?.summary ?? '', /^Not certain: 58\.0 MiB of this may be the Go runtime's own tables/);
  assert.equal(native?.next, '--process.memory-reads tells whose they are');

  const tables = { nonGoAnon: { estimate: 0, low: 0, high: mib(8), size: mib(8), kind: 'mmap' as const }, narrowedByReads: mib(8) };
  const metadata = judged(goMetadata, { memstats: { sys: mib(108), gcSys: mib(12) }, book: tables });
  assert.match(metadata?.summary ?? '', /^Not certain: 8\.00 MiB of this may have been mapped by somebody else than Go\./);
});

test('doubt stands in the title as well', () => {
  const finding = judged(cMallocRetained, { book: { doubtful: { c_malloc: mib(128) } } });
  assert.ok(finding !== undefined);
  const [sentence] = sentences({
    active: [{ ...finding, evidence: [], name: 'c_malloc_retained', title: "held by C's malloc" }],
    inactive: [],
    notJudged: [],
  });
  assert.equal(sentence?.title, "129 MiB  perhaps held by C's malloc (c_malloc_retained)");
});

test("the race detector's shadow is its own cause, and no memory of a library's", () => {
  const race = { components: { native_mmap: mib(203), c_malloc: 0 }, book: { raceShadow: mib(201), ...sure(203) }, build: { race: true } };
  const shadow = judged(raceDetector, race);
  assert.equal(shadow?.bytes, mib(201));
  assert.match(shadow?.next ?? '', /build without -race/);
  assert.equal(judged(nativeMmap, race), undefined, 'what is left is small');
  assert.equal(judged(raceDetector, { ...race, build: { race: false } }), undefined);
});

/** All of it is somebody else's than Go's, by the accounts. */
function sure(size: number): Partial<RssBook> {
  return { nonGoAnon: { estimate: 0, low: 0, high: 0, size: mib(size), kind: 'mmap or malloc' } };
}
