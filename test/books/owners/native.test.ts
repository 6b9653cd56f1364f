import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RssBook, rssBook } from '../../../src/books/owners/book.ts';
import { memoryToLookAt } from '../../../src/books/owners/choose/questions.ts';
import { classify } from '../../../src/books/owners/classify.ts';
import { nothingSeen, type Seen } from '../../../src/books/owners/seen.ts';
import { sizesOf } from '../../../src/model/address-range.ts';
import type { Mapping, MappingEvidence } from '../../../src/model/mapping.ts';
import { found, known, missing } from '../../../src/model/reading.ts';
import { bytes } from '../../../src/model/units.ts';
import { evidenceWith, mappingWith, recorded } from './evidence.ts';

const kib = 1024;
const mib = 1024 * kib;
const gap = missing('disabled', 'not read');

function made(evidence: MappingEvidence, seen?: Seen): RssBook {
  const book = rssBook(evidence, seen);
  assert.ok(book.ok, book.ok ? '' : book.detail);
  return book.value;
}

/** The second walk alone, as at first contact, and what the lab injected. */
function contact(name: string): { readonly evidence: MappingEvidence; readonly book: RssBook; readonly injected: number } {
  const { truth, walks } = recorded(name);
  const evidence = walks[1];
  assert.ok(evidence);
  return { evidence, book: made(evidence), injected: truth.injected };
}

test('blocks of malloc behind memory of others are malloc, to 64 KiB; without their headers they are foreign', () => {
  const { evidence, book, injected } = contact('go1.25-cgo-malloc-large-told');
  const ranges = known(evidence.chunks)?.ranges ?? [];
  const starts = new Set(evidence.mappings.map(({ start }) => start));
  assert.ok(
    ranges.some(({ start }) => !starts.has(start)),
    'one lies in the middle of a mapping',
  );
  const measured = book.components.c_malloc ?? 0;
  assert.ok(measured >= injected && measured - injected <= 64 * kib, `${measured} of ${injected}`);
  assert.ok(book.score <= 0.002);
  const without = made({ ...evidence, chunks: gap, own: gap });
  assert.ok((without.components.native_mmap ?? 0) >= 0.99 * injected);
  assert.ok(without.nonGoAnon.low <= injected && injected <= without.nonGoAnon.high);
});

test("where the runtime's tables tell its own memory, the interval is at most 2 % of RSS, and holds the truth", () => {
  const { evidence, book, injected } = contact('go1.19-cgo-mmap-told');
  assert.ok(book.nonGoAnon.low <= injected && injected <= book.nonGoAnon.high);
  assert.ok(book.nonGoAnon.high - book.nonGoAnon.low <= 0.02 * book.total);
  const without = made({ ...evidence, own: gap });
  assert.ok(without.nonGoAnon.low < book.nonGoAnon.low && without.nonGoAnon.high - without.nonGoAnon.low <= 0.05 * without.total);
});

test('tables that would give the runtime more than its accounts have are no evidence', () => {
  const { evidence, injected } = contact('go1.19-cgo-mmap-told');
  const own = known(evidence.own ?? gap);
  assert.ok(own);
  const nonGoAnon = evidence.mappings.find(({ start, rss }) => start >= 0x70 * 2 ** 40 && rss >= injected);
  assert.ok(nonGoAnon);
  const { low, high } = made({ ...evidence, own: found({ ...own, ranges: [nonGoAnon] }) }).nonGoAnon;
  assert.ok(low <= injected && injected <= high, `${low} ${high}`);
});

test("what the runtime's tables tell is told anew at each walk: a list that grew has left its place to anybody", () => {
  const { evidence, book } = contact('go1.19-cgo-mmap-told');
  const ranges = known(evidence.own ?? gap)?.ranges ?? [];
  assert.ok(ranges.length > 0);
  for (const range of ranges) assert.ok(!book.seen.go.some(({ start, end }) => start < range.end && range.start < end));
});

/** The recorded walk, with the word of every block; it was recorded when only full ones were asked. */
function smallBlocks() {
  const { evidence, injected } = contact('go1.26-cgo-malloc-small-told');
  const chunks = known(evidence.chunks);
  assert.ok(chunks !== undefined && chunks.heaps.length > 0);
  const asked = memoryToLookAt({ ...evidence, chunks: gap }).arenas.map(({ start }) => start);
  const told = { ...evidence, chunks: found({ ...chunks, heaps: asked }) };
  return { evidence: told, injected, chunks, asked, blocks: chunks.heaps.length * 64 * mib };
}

test('heaps of arenas that say so are not doubtful, full ones neither; those that say otherwise are raw mmap', () => {
  const { evidence, injected, chunks, asked, blocks } = smallBlocks();
  const book = made(evidence);
  assert.ok(book.ambiguity < mib && (book.components.c_malloc ?? 0) >= injected);
  const unread = made({ ...evidence, chunks: gap });
  assert.ok(unread.ambiguity >= blocks - mib && unread.ambiguity <= blocks + 2 * mib, 'once, not twice');
  assert.equal(unread.components.c_malloc, book.components.c_malloc);
  const heaps = asked.filter((start) => !chunks.heaps.includes(start));
  const refuted = made({ ...evidence, chunks: found({ ...chunks, heaps, others: chunks.heaps }) });
  assert.ok((refuted.components.native_mmap ?? 0) >= blocks && refuted.ambiguity < mib);
});

test('every block that looks like a heap of an arena is looked at, and nothing else where the identities leave no room for others', () => {
  const { chunks, asked } = smallBlocks();
  for (const start of chunks.heaps) assert.ok(asked.includes(start));
  assert.ok(asked.length > chunks.heaps.length);
  const [idle] = recorded('go-newest-cgo-idle').walks;
  assert.ok(idle);
  const { parts, arenas } = memoryToLookAt(idle);
  assert.deepEqual(parts, []);
  assert.ok(arenas.length > 0);
});

test('a block with a reserved tail may be a pool of somebody else: doubtful where it is no fresh arena, and raw mmap where its head says so', () => {
  const [walk] = recorded('go-newest-cgo-idle').walks;
  assert.ok(walk);
  const start = 0x7d00_0000_0000;
  const pool = [
    mappingWith({ start, end: start + 40 * mib, rss: bytes(40 * mib), flags: 'rd wr mr mw me nr' }),
    mappingWith({ start: start + 40 * mib, end: start + 64 * mib, permissions: '---p', flags: 'mr mw me nr' }),
  ];
  const evidence = { ...walk, mappings: [...walk.mappings, ...pool] };
  const before = made(walk);
  assert.ok(made(evidence).ambiguity - before.ambiguity >= 40 * mib);
  assert.ok(memoryToLookAt(evidence).arenas.some((range) => range.start === start));
  const told = made({ ...evidence, chunks: found({ ranges: [], heaps: [], others: [start] }) });
  assert.equal(told.components.native_mmap, (before.components.native_mmap ?? 0) + 40 * mib);
  assert.equal(told.ambiguity, before.ambiguity);
});

test('memory of malloc that the kernel joined with untouched memory of Go is found by what is filled', () => {
  const { evidence, injected } = contact('go1.19-cgo-malloc-large');
  const size = (mapping: Mapping) => mapping.end - mapping.start;
  const blocks = evidence.mappings.find((mapping) => mapping.rss === size(mapping) && mapping.rss > 8 * mib && mapping.path === '');
  const untouched = evidence.mappings.find((mapping) => size(mapping) === 1664 * kib && mapping.rss < 256 * kib);
  assert.ok(blocks && untouched);
  const joined = { ...blocks, start: blocks.start - size(untouched), rss: bytes(blocks.rss + untouched.rss) };
  assert.ok(!evidence.mappings.some(({ start, end }) => start < blocks.start && joined.start < end), 'there is room for it');
  const mappings = evidence.mappings.filter((mapping) => mapping !== untouched).map((mapping) => (mapping === blocks ? joined : mapping));
  const looked = { start: joined.start, end: joined.end, present: joined.rss, runs: [blocks.rss] };
  const error = (book: RssBook) => Math.abs((book.components.native_mmap ?? 0) - injected);
  const told = made({ ...evidence, mappings, present: found([looked]) });
  assert.ok(error(told) <= 64 * kib, `${error(told)}`);
  assert.ok(error(made({ ...evidence, mappings, present: gap })) > mib);
});

test('what was mapped with MAP_NORESERVE is never Go', () => {
  const mapping = mappingWith({ start: 0x7f0000001000, end: 0x7f0000003000, rss: bytes(8 * kib), flags: 'rd wr mr mw me nr' });
  assert.equal(made(evidenceWith([mapping])).components.native_mmap, 8 * kib);
});

/** A process with a mapping more in the hole below the lowest thing that lies above its islands. */
function withFilledHole(evidence: MappingEvidence, size: number): { readonly mappings: readonly Mapping[]; readonly start: number } {
  const { mappings } = evidence;
  const low = mappings.findIndex(({ start }, index) => {
    const islands = mappings
      .slice(0, index)
      .filter(({ permissions, end, start: from }) => permissions === '---p' && end - from > 256 * kib);
    return islands.length > 4 && (mappings[index - 1]?.end ?? start) < start - size;
  });
  const start = (mappings[low]?.start ?? 0) - size - 4 * kib;
  const added = mappingWith({ start, end: start + size, rss: bytes(size) });
  return { mappings: [...mappings.slice(0, low), added, ...mappings.slice(low)], start };
}

test('what lies in a hole between the islands is not taken for Go by its place', () => {
  const [walk] = recorded('go-newest-pure-mmap-many').walks;
  assert.ok(walk);
  const { mappings, start } = withFilledHole(walk, 16 * kib);
  const { layout, claims } = classify({ ...walk, mappings }, nothingSeen);
  const index = layout.mappings.findIndex((mapping) => mapping.start === start);
  assert.deepEqual(
    claims[index]?.map(({ owner }) => owner),
    ['unclaimed_anon'],
  );
});

test("up to Go 1.19 the first arena's bitmap lies below the arena index, whatever the kernel joined below both", () => {
  const [walk] = recorded('go1.19-pure-mmap').walks.slice(1);
  assert.ok(walk);
  const index = (goVersion: string) => {
    const build = found({ goVersion, mainModule: undefined, goarch: 'amd64', cgo: false, instrumented: false });
    const claims = classify({ ...walk, build }, nothingSeen).claims.flat();
    return sizesOf(claims.filter(({ rule }) => rule === 'index'));
  };
  assert.equal(index('go1.19.8') - index('go1.20.14'), 2116 * kib);
  assert.ok(index('go1.20.14') >= 32 * mib);
});

test('the interval of foreign memory holds for the Go numbers of both sides of the bracket', () => {
  const { evidence, injected } = contact('go1.19-cgo-mmap-told');
  const after = known(evidence.after);
  assert.ok(after);
  const grown = { ...after, otherSys: bytes((after.otherSys ?? 0) + 256 * kib), sys: bytes(after.sys + 256 * kib) };
  const { nonGoAnon } = made({ ...evidence, after: found(grown) });
  assert.ok(nonGoAnon.low <= injected && injected <= nonGoAnon.high);
});

test('what somebody mapped before the runtime started lies among what is Go by its place: the interval holds it, with memory reads too', () => {
  const { truth, walks } = recorded('go-newest-cgo-preloaded');
  for (const evidence of walks) {
    const { nonGoAnon, ambiguity } = made(evidence);
    assert.ok(nonGoAnon.low <= truth.injected && truth.injected <= nonGoAnon.high, JSON.stringify(nonGoAnon));
    assert.ok(ambiguity >= nonGoAnon.high - nonGoAnon.low);
  }
  const [evidence, told] = walks;
  assert.ok(evidence && told);
  assert.ok(made(told).nonGoAnon.estimate >= 0.8 * truth.injected, 'the rest has no room for it');
  const again = made(evidence, made(evidence).seen);
  assert.ok(again.nonGoAnon.high >= truth.injected, 'a place is no proof for the next walk');
});

test('what a walk without foreign memory has shown to be Go is not in question any more', () => {
  const [walk] = recorded('go-newest-cgo-idle').walks;
  assert.ok(walk);
  const { mappings, start } = withFilledHole(walk, 16 * kib);
  const untouched = mappingWith({ start: start - 8 * mib, end: start - 6 * mib });
  const later = { ...walk, mappings: [...mappings, untouched] };
  const [alone, known] = [made(later).nonGoAnon, made(later, made(walk).seen).nonGoAnon];
  assert.ok(alone.high - known.high > 64 * kib, `${alone.high} ${known.high}`);
});
