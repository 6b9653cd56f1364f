import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause, Judgment } from '../../src/causes/cause.ts';
import { causes } from '../../src/causes/index.ts';
import { judge } from '../../src/causes/judge.ts';
import { ledgerOf } from '../../src/ledger/ledger.ts';
import { found, missing } from '../../src/reading.ts';
import { bytes } from '../../src/units.ts';
import { memStatsWith, snapshotWith } from '../snapshots.ts';
import { pastOf } from './pasts.ts';

const mib = 1024 ** 2;
const facts = { ledger: ledgerOf(snapshotWith({ go: found({ memstats: memStatsWith() }) })), past: pastOf({}) }; // 30 MiB of idle heap

function cause(name: string, judgment: Judgment, claims: Cause['claims'] = ['go:heap_reserved']): Cause {
  return { name, title: name, claims, judge: () => judgment };
}

function finding(size?: number): Judgment {
  return found({ ...(size !== undefined && { bytes: bytes(size * mib) }), evidence: [], summary: '', next: '' });
}

test('a byte is claimed once: what stands first takes first, and what is left to the next is its own', () => {
  const { active, inactive } = judge([cause('first', finding(20)), cause('second', finding(30)), cause('third', finding(30))], facts);
  assert.deepEqual(
    active.map(({ name, bytes }) => [name, bytes]),
    [
      ['first', 20 * mib],
      ['second', 10 * mib],
    ],
  );
  assert.deepEqual(inactive, ['third']);
});

test('the most bytes come first, and causes of context last', () => {
  const list = [cause('context', finding()), cause('small', finding(3)), cause('large', finding(20))];
  assert.deepEqual(
    judge(list, facts).active.map(({ name }) => name),
    ['large', 'small', 'context'],
  );
});

test('nothing is claimed of an account that is not known', () => {
  assert.deepEqual(judge([cause('one', finding(20), ['rss:c_malloc'])], facts).inactive, ['one']);
});

test('a cause whose source was not read is not judged, and says why', () => {
  const { active, inactive, notJudged } = judge([cause('one', missing('denied', 'smaps: no right'))], facts);
  assert.deepEqual([active, inactive], [[], []]);
  assert.deepEqual(notJudged, [{ name: 'one', reason: 'denied', detail: 'smaps: no right' }]);
});

test('of a snapshot in which nothing is known, every cause of bytes is not judged', () => {
  const nothing = { ledger: ledgerOf(snapshotWith({})), past: pastOf({}) };
  const { active, inactive } = judge(
    causes.filter(({ claims }) => claims.length > 0),
    nothing,
  );
  assert.deepEqual([active, inactive], [[], []]);
});

test('names are unique and fit for a label and a file', () => {
  const names = causes.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z][a-z0-9_]*$/);
});
