import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cgroupBook } from '../../src/books/cgroup.ts';
import { goBook } from '../../src/books/go.ts';
import { rssBook } from '../../src/books/owners/book.ts';
import { bytes } from '../../src/model/units.ts';
import { recorded } from '../books/owners/evidence.ts';
import { cgroupStatWith, memStatsWith } from '../snapshots.ts';

const root = join(import.meta.dirname ?? __dirname, '..', '..');
const page = readFileSync(join(root, 'docs/glossary.md'), 'utf8');

/** The components between one heading's sentence and the next. */
function componentsAfter(family: string): readonly string[] {
  const [, section = ''] = page.split(`(\`${family}\`)`);
  const [table = ''] = section.split('\n## ');
  return [...(table.split('\n\n')[1] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name ?? '');
}

function componentsOf(book: ReturnType<typeof goBook | typeof rssBook | typeof cgroupBook>): readonly string[] {
  assert.ok(book.ok);
  return Object.keys(book.value.components);
}

test('every component of the three books has its entry, and no other', () => {
  const [walk] = recorded('how-it-works').walks;
  assert.ok(walk);
  const everyKey = Object.keys(cgroupStatWith({}));
  const stat = cgroupStatWith(Object.fromEntries(everyKey.map((key) => [key, bytes(0)])));

  assert.deepEqual([...componentsAfter('memgap_go_memory_bytes')].sort(), [...componentsOf(goBook(memStatsWith()))].sort());
  assert.deepEqual([...componentsAfter('memgap_rss_component_bytes')].sort(), [...componentsOf(rssBook(walk))].sort());
  assert.deepEqual([...componentsAfter('memgap_cgroup_memory_bytes')].sort(), [...componentsOf(cgroupBook(bytes(0), stat))].sort());
});

test('each word is explained once', () => {
  const words = [...page.matchAll(/^\| ([^|`]+) \|/gm)]
    .map(([, word]) => word ?? '')
    .filter((word) => word !== 'word' && word !== 'component');
  assert.ok(words.length > 50);
  assert.deepEqual(words, [...new Set(words)]);
});
