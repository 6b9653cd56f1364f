import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { ledgerDocument, ledgerJson } from '../../src/answer/document.ts';
import { nextStep } from '../../src/answer/gaps.ts';
import { explainHtml } from '../../src/answer/html.ts';
import { trend } from '../../src/answer/notes.ts';
import type { Row } from '../../src/answer/section.ts';
import { explainText } from '../../src/answer/text.ts';
import { waterfall } from '../../src/answer/waterfall.ts';
import { ledgerOf } from '../../src/books/ledger.ts';
import { found, missing } from '../../src/model/reading.ts';
import { kib } from '../../src/model/units.ts';
import { arbitraryFacts } from '../causes/facts.ts';
import { pastOf } from '../causes/pasts.ts';
import { emptySnapshot, fullBook, fullSnapshot } from '../serve/metrics/states.ts';
import { cgroupStatWith, snapshotWith } from '../snapshots.ts';

const full = ledgerOf(fullSnapshot, fullBook);
const golden = new URL('../golden/explain.txt', import.meta.url);

test('the seed case, as a person reads it: golden/explain.txt', () => {
  const text = explainText(full, { color: false });
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);

  assert.equal(text, readFileSync(golden, 'utf8'));
});

test('color changes the looks and not the words', () => {
  const text = explainText(full, { color: true });

  assert.ok(text.includes('\x1b['));
  assert.equal(stripVTControlCharacters(text), explainText(full, { color: false }));
});

/** Of each line that is a whole, and of its parts at the next level: its label, its bytes and their sum. */
function wholesIn(rows: readonly Row[]): ReadonlyArray<readonly [label: string, whole: number, parts: number]> {
  return rows.flatMap(({ depth, label, size }, index) => {
    const below = rows.slice(index + 1);
    const end = below.findIndex((row) => row.depth <= depth);
    const parts = below.slice(0, end < 0 ? undefined : end).filter((row) => row.depth === depth + 1);
    const sizes = parts.flatMap((row) => (row.size.ok ? [row.size.value] : []));
    if (!size.ok || parts.length === 0 || sizes.length < parts.length) return []; // where the split is not known one line says so
    // of which only the largest are named
    return label === 'mapped files' ? [] : [[label, size.value, sizes.reduce((sum, part) => sum + part, 0)]];
  });
}

test('for arbitrary ledgers every section of the waterfall adds up, level by level', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(arbitraryFacts, ({ ledger }) => {
      for (const { title, rows } of waterfall(ledger)) {
        for (const [label, whole, parts] of wholesIn(rows)) {
          assert.equal(parts + 0, whole + 0, `${title}: ${label}`); // 0 and -0 are one number
          seen.add(label);
        }
      }
    }),
    { numRuns: 200 },
  );
  const labels = waterfall(full).flatMap(({ rows }) => wholesIn(rows).map(([label]) => label));
  assert.equal(labels.length, 7);
  assert.deepEqual(
    [...labels].filter((label) => !seen.has(label)),
    [],
  );
});

test('of a target of which nothing is known each book says so, with the reason and what to do', () => {
  const why = missing('denied', '/proc/7/status: EACCES');
  const text = explainText(
    ledgerOf(
      snapshotWith({ status: why, sources: { status: { ok: false, seconds: 0, reason: 'denied', detail: '/proc/7/status: EACCES' } } }),
    ),
    { color: false },
  );

  assert.match(text, /RSS +- {2}not known: denied/);
  assert.match(text, /status: denied {2}\/proc\/7\/status: EACCES\n {4}-> grant the right that it names/);
  assert.doesNotMatch(text, /\d B\b|NaN|undefined|null/);
});

test('the document has every figure as an integer, and no key for what is not known', () => {
  const text = JSON.stringify(ledgerDocument(full));
  const document = JSON.parse(text);

  assert.equal(document.schema, 1);
  assert.equal(document.go.used, 41115928);
  assert.equal(document.unexplained, 38379240);
  assert.equal(sum(document.go.components) + document.go.unattributed, document.go.total);
  assert.equal(sum(document.cgroup.components) + document.cgroup.unattributed, document.cgroup.total);
  assert.equal(sum(document.rss.kinds), document.rss.resident);
  assert.equal(sum(document.rss.components) + document.rss.unattributed, document.rss.total);
  assert.doesNotMatch(text, /null|NaN/);
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(ledgerDocument(ledgerOf(emptySnapshot))))), [
    'schema',
    'target',
    'taken_at',
    'sources',
  ]);
});

test('the heading and the JSON of a sidecar name the pod, as text whatever the environment says', () => {
  const evil = { namespace: 'shop', pod: '<b>\x1b[2J\u202e' };
  const [plain, hostile] = [{ namespace: 'shop', pod: 'operator-7d4b9' }, evil].map((ownPod) => ledgerOf(snapshotWith({ ownPod })));
  assert.ok(plain !== undefined && hostile !== undefined);

  assert.match(explainText(plain, { color: false }), /^operator {2}pod shop\/operator-7d4b9\n/);
  assert.match(explainHtml(plain), /^<h1>operator {2}pod shop\/operator-7d4b9<\/h1>/);
  assert.deepEqual(Object.entries(ledgerDocument(plain)).find(([key]) => key === 'target')?.[1], {
    ...{ name: 'operator', namespace: 'shop', pod: 'operator-7d4b9' },
    ...{ pid: undefined, start_time: undefined, go_version: undefined, main_module: undefined, goarch: undefined, cgo: undefined },
  });
  assert.match(explainText(hostile, { color: false }), /^operator {2}pod shop\/<b>\\x1b\[2J\\u202e\n/);
  assert.match(explainHtml(hostile), /^<h1>operator {2}pod shop\/&lt;b&gt;\\x1b/);
  assert.match(ledgerJson(hostile), /"pod": "<b>\\u001b\[2J\\u202e"/);
});

test('hostile names stay text, on the terminal and in HTML', () => {
  const evil = '<script>\x1b[2J\u202e"\'&';
  const ledger = ledgerOf({
    ...fullSnapshot,
    build: found({ goVersion: evil, mainModule: evil, goarch: undefined, cgo: undefined, instrumented: false }),
    cgroup: missing('malformed', evil),
  });
  const text = explainText(ledger, { color: false });
  const html = explainHtml(ledger);

  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\u202e]/u);
  assert.match(text, /<script>\\x1b\[2J\\u202e/);
  assert.doesNotMatch(html.replaceAll('\n', ''), /<script|[\p{Cc}\u202e]/u);
  assert.match(html, /&lt;script&gt;/);
});

test('a process that is not alone in its group is told apart from the others there', () => {
  const rows = waterfall(ledgerOf({ ...fullSnapshot, others: found({ count: 2, rss: kib(100), anon: kib(80) }) }))[0]?.rows ?? [];
  const of = (label: string) => rows.find((row) => row.label === label)?.size;
  const anon = of('anonymous');
  const own = of('of this process');
  const others = of('of 2 other processes');

  assert.ok(anon?.ok && own?.ok && others?.ok);
  assert.equal(own.value + others.value, anon.value);
});

test('a kernel that has no memory.pressure gets no advice, a denied file does', () => {
  assert.equal(nextStep('cgroup_pressure', 'unsupported'), undefined);
  assert.match(nextStep('smaps_rollup', 'denied') ?? '', /grant the right/);
  assert.match(nextStep('smaps_rollup', 'exhausted') ?? '', /raise memgap's own limit of open files/);
  assert.match(nextStep('pprof_heap', 'unauthorized') ?? '', /basic_auth/);
});

test('the trend tells from where to where, and the peak only if it lies between', () => {
  const sizes = [20, 150, 130].map((size) => size * 1024 ** 2);

  assert.deepEqual(trend(pastOf({ rss: sizes, usage: [0, 0, 0] }, 45)), [
    'in the last 1m30s: RSS 20.0 MiB -> 130 MiB (peak 150 MiB); container 0 B -> 0 B',
  ]);
  assert.deepEqual(trend(pastOf({ rss: [20] })), []);
  assert.deepEqual(trend(undefined), []);
});

function sum(components: Record<string, number>): number {
  return Object.values(components).reduce((total, size) => total + size, 0);
}

test('a hostile path of a mapped file stays text in the terminal, in HTML and in JSON, and does not break the columns', () => {
  const evil = `/${'x'.repeat(80)}/<b>\x1b[2J\u202e`;
  assert.ok(fullBook.ok);
  const { value } = fullBook.value;
  const book = found({ at: fullBook.value.at, value: { ...value, largestFiles: [{ path: evil, rss: kib(36) }] } });
  const ledger = ledgerOf(fullSnapshot, book);
  const json = ledgerJson(ledger);

  for (const text of [explainText(ledger, { color: false }), explainHtml(ledger), json]) {
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\u202e]/u);
  }
  assert.match(explainText(ledger, { color: false }), /└ …x+\/<b>\\x1b\[2J\\u202e +36\.0 KiB/);
  assert.equal(JSON.parse(json).rss.largest_files[0].path, evil);
});

test('kernel memory of which nothing is told has no line, and not 0 bytes', () => {
  assert.ok(fullSnapshot.cgroup.ok);
  const [own] = fullSnapshot.cgroup.value.levels;
  const { anon, file, shmem } = own.stat;
  const level = { ...own, stat: cgroupStatWith({ anon, file, shmem }) };
  const ledger = ledgerOf({ ...fullSnapshot, cgroup: found({ ...fullSnapshot.cgroup.value, levels: [level] }) });

  assert.doesNotMatch(explainText(ledger, { color: false }), /kernel, for the group/);
});
