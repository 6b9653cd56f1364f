import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RssBook, rssBook } from '../../../src/books/owners/book.ts';
import type { Seen } from '../../../src/books/owners/seen.ts';
import { sizesOf } from '../../../src/model/address-range.ts';
import type { MemStats } from '../../../src/model/go.ts';
import type { MappingEvidence } from '../../../src/model/mapping.ts';
import { found, known } from '../../../src/model/reading.ts';
import { bytes } from '../../../src/model/units.ts';
import { mappingWith, recorded } from './evidence.ts';

const kib = 1024;
const mib = 1024 * kib;

function made(evidence: MappingEvidence, seen?: Seen): RssBook {
  const book = rssBook(evidence, seen);
  assert.ok(book.ok);
  return book.value;
}

function walk(): { readonly evidence: MappingEvidence; readonly memstats: MemStats } {
  const [evidence] = recorded('go-newest-pure-mmap-many').walks;
  const memstats = evidence === undefined ? undefined : known(evidence.after);
  assert.ok(evidence && memstats);
  return { evidence, memstats };
}

/** The process with more memory mapped below all that the kernel has placed, of which `gos` bytes are in Go's accounts. */
function grown(sizes: readonly number[], gos: number): MappingEvidence {
  const { evidence, memstats } = walk();
  const { mappings } = evidence;
  const lowest = mappings.find(({ start }) => start > 0x70 * 2 ** 40);
  assert.ok(lowest);
  let { start } = lowest;
  const added = sizes.map((size) => {
    start -= size + 4 * kib; // a gap, so that they stay apart
    return mappingWith({ start, end: start + size, rss: bytes(size) });
  });
  const gcSys = bytes((memstats.gcSys ?? 0) + gos);
  const stats = found({ ...memstats, gcSys, sys: bytes(memstats.sys + gos) });
  return { ...evidence, mappings: [...mappings, ...added], before: stats, after: stats };
}

test('without foreign memory a walk shows all of the rest to be metadata of Go', () => {
  const { evidence } = walk();
  const { seen, identities } = made(evidence);
  assert.ok(identities);
  assert.ok(Math.abs(sizesOf(seen.go) - identities.unclaimedAnon) < 4 * kib);
  assert.ok(seen.maxMisattributed < 33 * kib);
});

test('what came since is foreign where the identity says so, and the interval has no width but rounding', () => {
  const { evidence } = walk();
  const { nonGoAnon } = made(grown([16 * mib], 0), made(evidence).seen);
  assert.ok(nonGoAnon.low <= 16 * mib && 16 * mib <= nonGoAnon.high);
  assert.ok(nonGoAnon.high - nonGoAnon.low <= 100 * kib);
});

test('metadata that came while foreign memory stood still is known from then on', () => {
  const { evidence } = walk();
  const first = made(evidence).seen;
  const second = made(grown([16 * mib], 0), first).seen;
  const third = made(grown([16 * mib, 256 * kib], 256 * kib), second);
  assert.equal(sizesOf(third.seen.go) - sizesOf(second.go), 256 * kib);
  const fourth = made(grown([16 * mib, 256 * kib], 256 * kib), third.seen);
  assert.ok(fourth.nonGoAnon.high - fourth.nonGoAnon.low <= 100 * kib);
});

test('metadata and foreign memory that came at once are not told apart by assertion', () => {
  const { evidence } = walk();
  const { nonGoAnon, seen } = made(grown([1 * mib, 1 * mib], mib), made(evidence).seen);
  assert.ok(nonGoAnon.low <= mib && mib <= nonGoAnon.high);
  assert.ok(sizesOf(seen.go) < sizesOf(made(evidence).seen.go) + mib);
});

test('a slow leak in small steps is not taken for metadata: never more than the accounts of Go have', () => {
  const { evidence } = walk();
  let { seen } = made(evidence);
  const sizes: number[] = [];
  for (let step = 1; step <= 64; step += 1) {
    sizes.push(32 * kib);
    const book = made(grown(sizes, 0), seen);
    const truth = step * 32 * kib;
    assert.ok(
      book.nonGoAnon.low <= truth && truth <= book.nonGoAnon.high + 4 * kib,
      `step ${step}: ${truth} not in ${JSON.stringify(book.nonGoAnon)}`,
    );
    seen = book.seen;
  }
  assert.ok(sizesOf(seen.go) <= sizesOf(made(evidence).seen.go) + 128 * kib);
});
