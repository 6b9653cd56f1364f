import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ledgerDocument } from '../../src/answer/document.ts';
import { ledgerOf } from '../../src/books/ledger.ts';
import { pastOf } from '../causes/pasts.ts';
import { fullBook, fullSnapshot } from '../serve/metrics/states.ts';

const page = readFileSync(join(import.meta.dirname ?? __dirname, '..', '..', 'docs/json.md'), 'utf8');
const documented = [...page.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, key]) => key ?? ''),
);

/** Sections have their keys in the table one by one; of what lies deeper a row says it in words. */
const sections = ['target', 'go', 'rss', 'cgroup', 'right_size'];

function keysOf(document: object): readonly string[] {
  return Object.entries(document).flatMap(([key, value]) =>
    sections.includes(key) ? (value === undefined ? [] : Object.keys(value as object).map((inner) => `${key}.${inner}`)) : [key],
  );
}

test('every key of the JSON has its row, and no row a key that is not there', () => {
  const mib = 1024 ** 2;
  const past = pastOf({ held: [60 * mib, 70 * mib, 61 * mib] });
  const keys = keysOf(ledgerDocument(ledgerOf(fullSnapshot, fullBook), undefined, past)); // those of unknown values too
  const inWords = ['target.namespace', 'target.pod', 'target.container']; // in the row of target.name
  const expected = [...keys.filter((key) => !inWords.includes(key)), 'right_size.none'];
  assert.deepEqual([...new Set(documented)].sort(), expected.sort());
});
