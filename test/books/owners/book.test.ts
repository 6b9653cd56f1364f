import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RssBook, rssBook } from '../../../src/books/owners/book.ts';
import { rangesToLookUp } from '../../../src/books/owners/choose/questions.ts';
import type { RssComponent } from '../../../src/model/components/rss.ts';
import type { MemStats } from '../../../src/model/go.ts';
import type { MappingEvidence } from '../../../src/model/mapping.ts';
import { found, missing, type Reading } from '../../../src/model/reading.ts';
import { bytes } from '../../../src/model/units.ts';
import { mappingWith, recorded, type Truth } from './evidence.ts';

const mib = 1 << 20;

function made(reading: Reading<RssBook>): RssBook {
  assert.ok(reading.ok, reading.ok ? '' : reading.detail);
  return reading.value;
}

interface Leak {
  readonly truth: Truth;
  readonly before: RssBook;
  /** Known from both walks, and from the second alone. */
  readonly after: RssBook;
  readonly alone: RssBook;
  readonly evidence: MappingEvidence;
}

function leak(name: string): Leak {
  const { truth, walks } = recorded(name);
  const [first, second] = walks;
  assert.ok(first && second);
  const before = made(rssBook(first));
  return { truth, before, after: made(rssBook(second, before.seen)), alone: made(rssBook(second)), evidence: second };
}

function grown({ before, truth }: Leak, after: RssBook): number {
  const component = truth.component as RssComponent;
  return (after.components[component] ?? 0) - (before.components[component] ?? 0);
}

for (const name of ['go1.19-pure-idle', 'go-newest-cgo-idle']) {
  test(`${name}: without foreign memory nearly every byte has its owner`, () => {
    const [walk] = recorded(name).walks;
    assert.ok(walk);
    const { components, score, unattributed, identities } = made(rssBook(walk));
    assert.ok(score <= 0.003, `${score}`); // of some 8 MiB; the bound of 0.2 % is for real programs
    assert.equal(unattributed, 0);
    assert.equal(components.native_mmap, 0);
    assert.ok(identities !== undefined && identities.nonGoAnon >= 0 && identities.nonGoAnon < 33 * 1024);
  });
}

for (const name of [
  'go1.19-pure-mmap',
  'go1.19-cgo-malloc-large',
  'go1.22-cgo-pthreads',
  'go1.24-cgo-malloc-fragmented',
  'go1.25-pure-planted-next-to-arenas',
  'go1.26-pure-planted-joined',
  'go-newest-cgo-planted-joined',
  'go-newest-pure-mmap-many',
  'go-newest-pure-planted-among-arenas',
  'go-newest-cgo-bss',
  'go-newest-cgo-tmpfs',
  'go1.19-cgo-huge-released',
]) {
  test(`${name}: the leak is in its component to 1 %, the score is at most 0.2 %, the truth lies in the interval`, () => {
    const one = leak(name);
    const { truth, after } = one;
    const error = Math.abs(grown(one, after) - truth.injected - truth.overhead);
    assert.ok(error <= 0.01 * truth.injected, `${error} of ${truth.injected}`);
    assert.ok(after.score <= 0.002, `${after.score}`);
    assert.equal(after.unattributed, 0);
    if (truth.component === 'native_mmap' && after.nonGoAnon.estimate > 0) {
      assert.ok(after.nonGoAnon.low <= truth.injected && truth.injected <= after.nonGoAnon.high);
      assert.ok(after.nonGoAnon.high - after.nonGoAnon.low <= 0.02 * after.total);
    }
  });
}

test('without the walk before, the interval of foreign memory is wider, and the truth lies in it too', () => {
  for (const name of ['go1.19-pure-mmap', 'go1.19-cgo-malloc-large', 'go-newest-pure-mmap-many']) {
    const { alone, truth } = leak(name);
    assert.ok(alone.nonGoAnon.low <= truth.injected && truth.injected <= alone.nonGoAnon.high, name);
    assert.ok(alone.nonGoAnon.high - alone.nonGoAnon.low <= 0.07 * alone.total, name);
    assert.equal(alone.byElimination, alone.nonGoAnon.high - alone.nonGoAnon.low);
  }
});

test('memory planted among the arenas is not called Go, whatever is known from before', () => {
  for (const name of ['go1.25-pure-planted-next-to-arenas', 'go-newest-pure-planted-among-arenas']) {
    const { alone, before, truth } = leak(name);
    assert.ok((alone.components.native_mmap ?? 0) >= truth.injected, name);
    assert.ok((alone.components.go_arenas ?? 0) <= (before.components.go_arenas ?? 0) + mib, name);
  }
});

/**
 * The walk after the leak of a recording in which the kernel has joined the heap's first 8 MiB, at the end of their block, with 128 MiB
 * planted behind.
 */
function joinedWalk(name: string): { readonly walk: MappingEvidence; readonly injected: number; readonly cut: number } {
  const { truth, walks } = recorded(name);
  const walk = walks[1];
  const heap = walk?.mappings.find(({ start, end }) => start < 2 ** 46 && end - start === truth.injected + 8 * mib);
  assert.ok(walk && heap);
  return { walk, injected: truth.injected, cut: heap.start + 8 * mib };
}

test('memory that the kernel has joined with an arena is cut off by address, and its pages are looked up on both sides', () => {
  for (const name of ['go1.26-pure-planted-joined', 'go-newest-cgo-planted-joined']) {
    const { walk, injected, cut } = joinedWalk(name);
    const ranges = rangesToLookUp(walk).filter(({ start, end }) => start === cut || end === cut);
    assert.equal(ranges.length, 2, name);
    const { components, ambiguity, nonGoAnon } = made(rssBook(walk));
    assert.deepEqual([components.go_released_resident, components.native_mmap], [0, injected], name);
    assert.ok(ambiguity <= 32 * 1024 && nonGoAnon.high <= 32 * 1024, `${name}: ${ambiguity}`);
  }
});

test('so is what was planted below the heap', () => {
  const { walk, injected, cut } = joinedWalk('go1.26-pure-planted-joined');
  const block = cut - 64 * mib;
  const mirrored = walk.mappings.map((mapping) => {
    if (mapping.end === cut + injected) return { ...mapping, start: block - injected, end: block + 8 * mib };
    return mapping.start === block ? { ...mapping, start: block + 8 * mib, end: cut } : mapping;
  });
  const evidence = { ...walk, mappings: mirrored };
  const [heap, planted] = rangesToLookUp(evidence);
  assert.deepEqual(
    [heap, planted],
    [
      { start: block, end: block + 8 * mib },
      { start: block - injected, end: block },
    ],
  );
  const size = mirrored.find(({ end }) => end === block + 8 * mib)?.rss ?? 0;
  const present = [
    { start: block, end: block + 8 * mib, present: bytes(size - injected) },
    { start: block - injected, end: block, present: bytes(injected) },
  ];
  const { components, ambiguity } = made(rssBook({ ...evidence, present: found(present) }));
  assert.deepEqual([components.go_released_resident, components.native_mmap], [0, injected]);
  assert.ok(ambiguity <= 32 * 1024);
});

/** The Go numbers with so much less of some accounts, and of Sys. */
function less(reading: Reading<MemStats>, fields: ReadonlyArray<keyof MemStats>, size: number): Reading<MemStats> {
  assert.ok(reading.ok);
  const changed = Object.fromEntries([...fields, 'sys' as const].map((name) => [name, Number(reading.value[name]) - size]));
  return found({ ...reading.value, ...changed });
}

test('what to look up is known also where the heap has grown since the Go numbers were read', () => {
  const { walk } = joinedWalk('go1.26-pure-planted-joined');
  const older = less(walk.before, ['heapSys', 'heapIdle', 'heapReleased'], 4 * mib);
  const asked = rangesToLookUp({ ...walk, before: older, after: older }); // and more: by these numbers there is foreign memory
  const needed = rangesToLookUp(walk);
  assert.ok(needed.length > 0);
  for (const range of needed) assert.ok(asked.some(({ start, end }) => start === range.start && end === range.end));
});

test('the interval of foreign memory holds those of both sides: Go may have mapped metadata between the walk and either', () => {
  const { evidence, truth } = leak('go1.19-pure-mmap');
  const older = less(evidence.before, ['buckHashSys'], 256 * 1024);
  const [before, after, both] = [
    made(rssBook({ ...evidence, before: older, after: older })),
    made(rssBook({ ...evidence, before: evidence.after })),
    made(rssBook({ ...evidence, before: older })),
  ];
  assert.equal(both.nonGoAnon.low, Math.min(before.nonGoAnon.low, after.nonGoAnon.low));
  assert.equal(both.nonGoAnon.high, Math.max(before.nonGoAnon.high, after.nonGoAnon.high));
  assert.ok(both.nonGoAnon.low <= truth.injected && truth.injected <= both.nonGoAnon.high);
  assert.ok(both.nonGoAnon.high - both.nonGoAnon.low > after.nonGoAnon.high - after.nonGoAnon.low);
  assert.equal(both.bracketWidth, 0, 'it is in the interval, and counted once');
  assert.equal(both.moved, both.nonGoAnon.high - both.nonGoAnon.low - (before.nonGoAnon.high - before.nonGoAnon.low));
  assert.deepEqual([before.moved, after.moved], [0, 0]);
});

test('a heap that grew on both sides of the walk makes no foreign memory: that it may be some is ambiguous, and a reason to walk again', () => {
  const [idle] = recorded('go-newest-cgo-idle').walks;
  assert.ok(idle);
  // a large heap's tables for the collector: room for work buffers of a step of the heap
  const at = 0x7e00_0000_0000;
  const table = mappingWith({ start: at, end: at + 4 * mib, rss: bytes(3 * mib) });
  const [before, after] = [less(idle.before, ['gcSys'], -4 * mib), less(idle.after, ['gcSys'], -4 * mib)];
  const walk = { ...idle, mappings: [...idle.mappings, table], before, after };
  const heap = ['heapSys', 'heapIdle', 'heapReleased'] as const;
  const still = made(rssBook(walk));
  assert.equal(still.nonGoAnon.estimate, 0);

  const once = made(rssBook({ ...walk, before: less(before, heap, 4 * mib) }));
  assert.deepEqual([once.nonGoAnon, once.moved], [still.nonGoAnon, 0], 'the numbers after the walk fit it');

  const twice = made(rssBook({ ...walk, before: less(before, heap, 4 * mib), after: less(after, heap, -4 * mib) }));
  assert.equal(twice.components.native_mmap, 0);
  assert.equal(twice.nonGoAnon.low, 0);
  assert.ok(twice.nonGoAnon.high >= 3 * mib && twice.moved >= 3 * mib, `${twice.nonGoAnon.high} ${twice.moved}`);
});

test('released memory beside untouched memory: E is net of both, and the interval holds what the lab knows', () => {
  const { after, truth } = leak('go-newest-cgo-huge-beside-untouched');
  assert.ok(after.released !== undefined);
  assert.ok(after.released.floor <= truth.injected && truth.injected <= after.released.ceiling);
  assert.ok((after.notResident ?? 0) > 0);
  assert.ok(after.heapPages.huge >= truth.injected - 2 * mib);
});

test('the reason of resident released memory is what the kernel shows', () => {
  const { after } = leak('go1.19-cgo-huge-released');
  assert.equal(after.released?.reason, 'hugepages');
  assert.equal(after.heapPages.eligible, true);
  assert.equal(leak('go1.26-cgo-lazily-freed').after.heapPages.eligible, false);
  assert.equal(leak('go1.26-cgo-lazily-freed').after.released?.reason, 'lazyfree');
});

test('a reason covers what it explains: one locked page is not why 61 MiB are resident, and half of it is no reason', () => {
  const { evidence } = leak('go1.19-cgo-huge-released');
  const withPages = (change: { readonly locked?: number; readonly huge?: number }) => {
    const mappings = evidence.mappings.map((mapping) => {
      if (mapping.anonHugePages < 32 * mib) return mapping;
      const anonHugePages = bytes(change.huge ?? mapping.anonHugePages);
      return { ...mapping, locked: bytes(change.locked ?? 0), anonHugePages };
    });
    const { released, openQuestions } = made(rssBook({ ...evidence, mappings }));
    return [released?.reason, openQuestions.filter((sentence) => sentence.startsWith('Why')).join()] as const;
  };
  assert.deepEqual(withPages({ locked: 4096 }), ['hugepages', '']);
  assert.deepEqual(withPages({ locked: 64 * mib }), ['locked', '']);
  const [reason, why] = withPages({ locked: 4096, huge: 32 * mib });
  assert.equal(reason, 'unknown');
  assert.match(why, /at most 4\.00 KiB are locked and 32\.0 MiB lie on huge pages/);
});

test('lazily freed memory is measured; what Go took into use again is its heap', () => {
  const { after, before, truth } = leak('go1.26-cgo-lazily-freed');
  const taken = (after.components.go_arenas ?? 0) - (before.components.go_arenas ?? 0);
  const freed = after.components.go_released_lazyfree ?? 0;
  assert.ok(freed >= 0.97 * truth.injected && Math.abs(freed + taken - truth.injected) <= 0.01 * truth.injected);
  assert.ok(after.score <= 0.002);
});

test('a full block of a malloc arena is doubtful, until a walk has seen it with room left', () => {
  const [first] = recorded('go-newest-cgo-idle').walks;
  assert.ok(first);
  const at = first.mappings.findIndex(({ start, flags }) => start % (64 * mib) === 0 && flags.includes('nr'));
  const full = first.mappings.flatMap((mapping, index) => {
    if (index === at) return [{ ...mapping, end: mapping.start + 64 * mib, rss: bytes(64 * mib) }];
    return index === at + 1 ? [] : [mapping];
  });
  const evidence = { ...first, mappings: full };
  const doubtful = made(rssBook(evidence));
  const seen = made(rssBook(evidence, made(rssBook(first)).seen));
  assert.ok(doubtful.ambiguity >= 64 * mib && seen.ambiguity < mib);
  for (const { components } of [doubtful, seen]) assert.ok((components.c_malloc ?? 0) >= 64 * mib);
});

test('a supervisor with the URL of its child is refused, and known by structure without the Go numbers', () => {
  const [walk] = recorded('syncthing-supervisor-with-url-of-child').walks;
  assert.ok(walk);
  const refused = rssBook(walk);
  assert.equal(refused.ok ? 'made' : refused.reason, 'mismatch');
  assert.match(refused.ok ? '' : refused.detail, /36\.\d MiB more heap/);
  const gap = missing('mismatch', 'refused');
  const { components, identities, released, openQuestions, unattributed } = made(rssBook({ ...walk, before: gap, after: gap }));
  assert.ok((components.go_arenas ?? 0) > 2 * mib);
  assert.equal('go_released_resident' in components, false);
  assert.deepEqual([identities, released, unattributed], [undefined, undefined, 0]);
  assert.match(openQuestions.join(' '), /Without the Go numbers/);
});

test('without Go numbers what is only left over counts as ambiguous', () => {
  const { evidence, alone } = leak('go1.19-pure-mmap');
  const gap = missing('unreachable', 'nothing answered');
  const book = made(rssBook({ ...evidence, before: gap, after: gap }));
  assert.equal(book.components.go_arenas, alone.components.go_arenas);
  assert.ok(book.ambiguity >= 64 * mib);
  assert.equal(book.nonGoAnon.size, undefined);
});

test('one memstats instead of two: the same book with no bracket', () => {
  const { evidence, alone } = leak('go-newest-cgo-bss');
  const book = made(rssBook({ ...evidence, before: missing('timeout', 'late') }));
  assert.deepEqual(book.components, alone.components);
  assert.equal(book.bracketWidth, 0);
});

test('the ranges to look up are the parts of mappings that two owners share, and no others', () => {
  const { evidence, before } = leak('go1.24-cgo-malloc-fragmented'); // a stack joined with the arena index
  const ranges = rangesToLookUp(evidence, before.seen);
  assert.ok(ranges.length > 0);
  for (const { start, end } of ranges) {
    const mapping = evidence.mappings.find((one) => one.start <= start && end <= one.end);
    assert.ok(mapping !== undefined && mapping.rss > 0 && mapping.end - mapping.start > end - start);
  }
});

test('the largest files are named with their bytes', () => {
  const { after } = leak('go-newest-cgo-tmpfs');
  assert.equal(after.largestFiles[0]?.rss, 64 * mib);
  assert.ok(after.largestFiles.length <= 3);
});
