import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { runbookOf } from '../../src/answer/verdict.ts';
import { judge } from '../../src/causes/engine/judge.ts';
import { causes } from '../../src/causes/index.ts';
import { type Remedy, remedies, silent } from '../remedies/table.ts';
import { runs } from '../runs.ts';
import { elsewhere, hole, openSourceTexts } from '../source-texts.ts';
import { arbitraryFacts } from './facts.ts';

// What memgap prints and test/remedies/table.ts are held together: nothing is advised that the table does not have, and it has nothing
// else.

const root = join(import.meta.dirname ?? __dirname, '..', '..');
const source = openSourceTexts();
after(() => source.close());

const files = readdirSync(join(root, 'src/causes'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `src/causes/${name}`);
const all = Object.values(remedies).flat();
const distinct = [...new Map(all.map((remedy) => [JSON.stringify(remedy), remedy])).values()];

/** What stands between remedies, and is none. */
const between = [
  'what was freed:',
  '(Go 1.23 and later)',
  'to have it back at once:',
  'to trade CPU time for memory:',
  'to lower it:',
  "where it is C's malloc in large blocks:",
];
const joining = new RegExp(`^(?:${between.map(literally).join('|')}|(?:or|and|else)\\b|[\\s.:;,])*$`, 'i');

function literally(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}

function pattern({ says }: Remedy): RegExp {
  return new RegExp(says.split('…').map(literally).join('.+?') + (says.endsWith('…') ? '$' : ''), 'g');
}

/** What is left of a line when all that the table knows is taken out of it. */
function unknownOf(line: string, rows: readonly Remedy[]): string {
  const longestFirst = rows.toSorted((one, other) => other.says.length - one.says.length);
  return longestFirst.reduce((rest, row) => rest.replace(pattern(row), ''), line);
}

function assertKnown(line: string, rows: readonly Remedy[], by: string): void {
  const rest = unknownOf(line, rows);
  assert.match(rest, joining, `${by} prints "${line}", and "${rest.trim()}" is not in test/remedies/table.ts`);
}

/** Lines that are printed by the code of src/causes, whatever makes it do so. */
function printed() {
  return source
    .ofProperty('next', files)
    .flatMap(({ file, text }) => text.split('\n').map((line) => ({ file, line })))
    .filter(({ line }) => line !== '' && line !== elsewhere)
    .map(({ file, line }) => ({ file, line: line.replaceAll(elsewhere, hole) }));
}

/** Of a cause's own file its rows; of what causes share, those of all. */
function rowsFor(file: string): readonly Remedy[] {
  const [, name = ''] = /([^/]+)\.ts$/.exec(file) ?? [];
  return remedies[name.replaceAll('-', '_')] ?? all;
}

test('every cause has its remedies, but those that are never active', () => {
  const known = Object.keys(remedies).filter((name) => name !== 'right size');
  assert.deepEqual([...known, ...silent].toSorted(), causes.map(({ name }) => name).toSorted());
});

test('whatever the source of a cause can print as the next step is a remedy of the table', () => {
  const lines = printed();
  assert.ok(lines.length > 80, `only ${lines.length} were found`);
  for (const { file, line } of lines) assertKnown(line, rowsFor(file), file);
});

test('whatever the books say: what is printed as the next step is a remedy of that cause', () => {
  fc.assert(
    fc.property(arbitraryFacts, (facts) => {
      for (const { name, next } of judge(causes, facts).active)
        for (const line of next.split('\n')) assertKnown(line, remedies[name] ?? [], name);
    }),
    { numRuns: runs(1000) },
  );
});

test('what is said instead of a size, or beside it, is a remedy of the table', () => {
  const said = source.ofAll(['src/answer/no-size.ts', 'src/answer/right-size-lines.ts']);
  const rows = remedies['right size'] ?? [];
  const advice = said.filter(({ text }) => /\b(give it|watch it|watch a|raise it|set it)\b/i.test(text));
  for (const { text } of advice)
    assert.ok(
      rows.some((row) => pattern(row).test(text)),
      `"${text}" is not in test/remedies/table.ts`,
    );
  for (const row of rows)
    assert.ok(
      said.some(({ text }) => pattern(row).test(text)),
      `"${row.says}" is said nowhere`,
    );
});

test('no row of the table is stale', () => {
  const lines = printed();
  for (const [cause, rows] of Object.entries(remedies)) {
    if (cause === 'right size') continue;
    for (const row of rows) {
      const of = lines.filter(({ file, line }) => rowsFor(file).includes(row) && pattern(row).test(line));
      assert.ok(of.length > 0, `${cause}: "${row.says}" is printed nowhere`);
    }
  }
});

test('what stands as tried names a test that there is', () => {
  const names = new Map<string, readonly RegExp[]>();
  for (const remedy of all) {
    if (!('test' in remedy)) continue;
    assert.ok(existsSync(join(root, remedy.file)), remedy.file);
    if (!names.has(remedy.file)) {
      const titles = source
        .ofCall(/^(test|statement)$/, [remedy.file])
        .map(({ text }) => new RegExp(`^${literally(text).replaceAll(hole, '.+')}$`));
      names.set(remedy.file, titles);
    }
    assert.ok(
      names.get(remedy.file)?.some((title) => title.test(remedy.test)),
      `${remedy.file} has no test "${remedy.test}"`,
    );
  }
});

test('at most a quarter of the remedies are not tried', () => {
  const open = distinct.filter((remedy) => 'source' in remedy);
  assert.ok(open.length <= distinct.length / 4, `${open.length} of ${distinct.length}`);
});

/** Commands, settings and flags: what a person copies. */
const copied =
  /\b(?:[A-Z_]{6,}=[\w:,/]*[\w/]|(?:strace|ps|pmap|pstree|findmnt|ipcs|ipcrm|ss|bpftool|memleak-bpfcc) (?:-[-\w]+|map show)|go (?:tool pprof|list -deps))|--[a-z]+\.[a-z-]+/g;

test('a runbook has the commands and settings that its cause prints', () => {
  for (const [cause, rows] of Object.entries(remedies)) {
    if (cause === 'right size') continue;
    const runbook = readFileSync(join(root, runbookOf(cause)), 'utf8');
    for (const { says } of rows)
      for (const [each] of says.matchAll(copied))
        assert.ok(runbook.includes(each), `${runbookOf(cause)} has no ${each}, which "${says}" has`);
  }
});
