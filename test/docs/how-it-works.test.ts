import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cgroupBook } from '../../src/books/cgroup.ts';
import { headroomOf } from '../../src/books/headroom.ts';
import { ledgerOf } from '../../src/books/ledger.ts';
import { type RssBook, rssBook } from '../../src/books/owners/book.ts';
import { classify } from '../../src/books/owners/classify.ts';
import { nothingSeen } from '../../src/books/owners/seen.ts';
import { levelV1 } from '../../src/kernel/cgroup/v1.ts';
import { levelV2 } from '../../src/kernel/cgroup/v2.ts';
import type { CgroupLevel } from '../../src/model/cgroup.ts';
import { found, known } from '../../src/model/reading.ts';
import { kib } from '../../src/model/units.ts';
import { recorded as recordedWalks } from '../books/owners/evidence.ts';
import { seedCase } from '../books/seed-case.ts';
import { made, recorded as recordedGroup } from '../kernel/cgroup/groups.ts';
import { snapshotWith } from '../snapshots.ts';
import { calculate, type WorkedRow, workedTables } from './worked-tables.ts';

const root = join(import.meta.dirname ?? __dirname, '..', '..');
const page = readFileSync(join(root, 'docs/how-it-works.md'), 'utf8');
const [seedFigures, seedBook, gapFigures, gapIdentities, gapBook, gapGroup, v2Group, ...unexpected] = workedTables(page);
const gap = JSON.parse(readFileSync(join(root, 'test/fixtures/rss/how-it-works.json'), 'utf8'));
const [walk] = recordedWalks('how-it-works').walks;
assert.ok(walk?.after.ok);
const { after } = walk;

type Figures = Readonly<Record<string, number | undefined>>;

/** Neither has a figure that the other lacks, and none differs; the arithmetic beside each comes to it as well. */
function assertSame(rows: readonly WorkedRow[] | undefined, figures: Figures): void {
  assert.ok(rows !== undefined && rows.length > 0);
  for (const { name, arithmetic, figure } of rows) {
    const calculated = calculate(arithmetic);
    assert.equal(name === 'score' ? Number(calculated.toFixed(2)) : Math.floor(calculated), figure, `${name}: ${arithmetic}`);
  }
  assert.deepEqual(Object.fromEntries(rows.map(({ name, figure }) => [name, figure])), figures);
}

function walked(): RssBook {
  assert.ok(walk);
  const book = rssBook(walk);
  assert.ok(book.ok);
  return book.value;
}

function recordedLevel(level: ReturnType<typeof levelV1>): CgroupLevel {
  assert.ok(level.ok);
  return level.value;
}

function bookOf({ usage, stat }: CgroupLevel): Figures {
  const book = cgroupBook(usage, stat);
  assert.ok(book.ok);
  return { ...book.value.components, unattributed: book.value.unattributed };
}

test("the seed case by hand: the figures that the page derives are the ledger's", () => {
  assertSame(seedFigures, seedCase().figures);
});

test("the seed case by hand: the page's book of Sys is the ledger's", () => {
  const { go } = seedCase().ledger;
  assert.ok(go.ok);
  assertSame(seedBook, { ...go.value.components, unattributed: go.value.unattributed });
});

test("gap: what Go's own numbers leave open", () => {
  const { VmRSS, RssAnon, RssFile, RssShmem } = gap.status_kib;
  const status = { name: 'gap', vmRss: kib(VmRSS), rssAnon: kib(RssAnon), rssFile: kib(RssFile), rssShmem: kib(RssShmem) };
  const unknown = { vmHwm: undefined, vmSwap: undefined, vmPte: undefined, threads: undefined };
  const { go, unexplained, anonBeyondGo } = ledgerOf(
    snapshotWith({ go: found({ memstats: after.value }), status: found({ ...status, ...unknown }) }),
  );
  assertSame(gapFigures, { used: known(go)?.used, unexplained: known(unexplained), anonBeyondGo: known(anonBeyondGo) });
});

test('gap: the identities, and the interval of what is foreign', () => {
  const { identities, nonGoAnon, heapPages, ambiguity } = walked();
  assert.ok(identities && walk);
  const unsettled = classify(walk, nothingSeen)
    .claims.flat()
    .filter(({ owner }) => owner === 'unclaimed_anon');
  const mapped = walk.mappings.filter(({ start }) => unsettled.some((claim) => claim.start === start));
  assertSame(gapIdentities, {
    A: identities.arenas,
    W: identities.workBuffers,
    C: identities.committed,
    E: heapPages.resident + heapPages.swapped - identities.committed,
    'V(R)': identities.unclaimedAnon,
    M: identities.metadata,
    N: identities.nonGoAnon,
    P: Math.floor(identities.nonGoAnon / 4096) * 4096,
    'rss(U)': mapped.reduce((sum, { rss }) => sum + rss, 0),
    'size(U)': unsettled.reduce((sum, { start, end }) => sum + end - start, 0),
    high: nonGoAnon.high,
    low: nonGoAnon.low,
    ambiguity,
  });
});

test('gap: every writable anonymous mapping stands in the table with its owner', () => {
  assert.ok(walk);
  const { layout, claims } = classify(walk, nothingSeen);
  const expected = layout.mappings.flatMap(({ start, end, rss, permissions, path }, index) =>
    permissions === 'rw-p' && path === ''
      ? [[start, (end - start) / 1024, rss / 1024, claims[index]?.map(({ owner }) => owner).join()]]
      : [],
  );
  const rows = [...page.matchAll(/^\| `([0-9a-f]+)-[0-9a-f]+` \| (\d+) \| (\d+) \| `(\w+)`/gm)];
  assert.deepEqual(
    rows.map(([, start = '', size, rss, owner]) => [Number.parseInt(start, 16), Number(size), Number(rss), owner]),
    expected,
  );
});

test('gap: the RSS book and its score', () => {
  const { components, unattributed, score } = walked();
  const booked = Object.entries(components).filter(([, size]) => size !== 0);
  assertSame(gapBook, { ...Object.fromEntries(booked), unattributed, score: Number((100 * score).toFixed(2)) });
});

test('gap: the cgroup book of v1, and the room that is left', () => {
  const level = recordedLevel(levelV1('/', made(gap.cgroup)));
  const numbers = { version: 1, via: 'root', levels: [level], usageBefore: level.usage } as const;
  const none = { peak: undefined, swap: undefined, swapLimit: undefined, hierarchicalLimit: level.limit };
  const { workingSet, unreclaimable, headroom } = headroomOf({ ...numbers, ...none }, undefined);
  assertSame(gapGroup, { ...bookOf(level), workingSet, unreclaimable, headroom: known(headroom) });
});

test('the cgroup book of v2, from a recorded group', () => {
  assertSame(v2Group, bookOf(recordedLevel(levelV2('/', recordedGroup('v2-6.12/scavenged')))));
});

test('every worked table is checked, and a wrong figure is found', () => {
  assert.deepEqual(unexpected, []);
  assert.equal(calculate('2 x 3 - 4 / 2 + 1'), 5);
  assert.ok(Number.isNaN(calculate('min(1, 2)')));
  assert.throws(() => assertSame([{ name: 'a', arithmetic: '1 + 1', figure: 3 }], { a: 3 }));
  assert.throws(() => assertSame([{ name: 'a', arithmetic: '1 + 1', figure: 2 }], { a: 3 }));
  assert.throws(() => assertSame([{ name: 'a', arithmetic: '1 + 1', figure: 2 }], { a: 2, b: 1 }));
});
