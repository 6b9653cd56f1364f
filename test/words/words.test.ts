import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { groups } from '../../scripts/rules/index.ts';
import { discoveryFamilies } from '../../src/serve/metrics/discovery.ts';
import { families } from '../../src/serve/metrics/page.ts';
import { terminalAndPages } from './exceptions.ts';
import { type Avoided, avoided, british } from './lists.ts';
import { proseOf, stringsIn } from './texts.ts';

const root = join(import.meta.dirname ?? __dirname, '..', '..');
const folders = ['src', 'docs', 'scripts', 'deploy', 'config', 'findings', '.github'];
const files = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`)),
];

/** Where Node's own counts of tests stand: `0 cancelled`. */
const runsTests = /^(?:README\.md|scripts\/test)/;

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The words of the list in a text, with what to say instead. */
function found(text: string, list: readonly Avoided[]): readonly string[] {
  return list.flatMap(({ pattern, better }) => {
    const [word] = pattern.exec(text) ?? [];
    return word === undefined ? [] : [`"${word}" (better: ${better}) in: ${text.slice(0, 200)}`];
  });
}

test('no HELP text has a word that a reader must guess at', () => {
  assert.ok(families.length > 50);
  assert.deepEqual(
    [...families, ...discoveryFamilies].flatMap(({ help }) => found(help, avoided)),
    [],
  );
});

test('no text of an alert has one', () => {
  const alerts = groups.flatMap(({ rules }) => rules).flatMap((rule) => ('annotations' in rule ? Object.values(rule.annotations) : []));
  assert.ok(alerts.length > 50);
  assert.deepEqual(
    alerts.flatMap((text) => found(text, avoided)),
    [],
  );
});

test('nothing in quotes has one in a source: log lines, reasons, descriptions. Terminal and pages are the exceptions that are left', () => {
  const sources = files.filter((path) => /^src\/.*\.ts$/.test(path));
  const having = sources.filter((path) => stringsIn(read(path)).some((text) => found(text, avoided).length > 0));
  assert.deepEqual(having.sort(), [...terminalAndPages].sort());
});

test('no page has one', () => {
  const pages = files.filter((path) => path.endsWith('.md') && path !== 'docs/remedies.md'); // quotes what causes print
  const list = avoided.filter(({ isForDocs }) => isForDocs !== true);
  assert.deepEqual(
    pages.flatMap((path) =>
      proseOf(read(path))
        .split('\n')
        .flatMap((line) => found(line, list).map((word) => `${path}: ${word}`)),
    ),
    [],
  );
});

test('spelling is American, in comments too', () => {
  const texts = files.filter((path) => /\.(?:ts|md|sh|yml|yaml|json)$/.test(path));
  const misspelt = texts.flatMap((path) => {
    const text = runsTests.test(path) ? read(path).replaceAll('cancelled', '') : read(path);
    return british.flatMap(([pattern, american]) => (pattern.test(text) ? [`${path}: ${pattern.exec(text)?.[0]} (${american})`] : []));
  });
  assert.deepEqual(misspelt, []);
});

test('words are found in quotes and in prose, not in comments, code and names', () => {
  assert.deepEqual(stringsIn(`const a = 'x'; // 'told'\n/* "told" */ log.info(\`y $\{told}\`); import './told.json'`), ['x', 'y …']);
  assert.equal(proseOf('a `told`\n```\ntold\n```\n[b](told.md)').trim(), 'a \n\n[b]');
  assert.equal(found('it was told', avoided).length, 1);
  assert.equal(found('a bookstall and an outlook', avoided).length, 0);
  assert.ok(
    british.some(([pattern]) => pattern.test('labelled')) && !british.some(([pattern]) => pattern.test('labeled, advised, promise, size')),
  );
});
