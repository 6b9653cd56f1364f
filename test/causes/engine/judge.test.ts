import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf } from '../../../src/books/ledger.ts';
import type { Cause, Judgment } from '../../../src/causes/engine/cause.ts';
import { judge } from '../../../src/causes/engine/judge.ts';
import { causes } from '../../../src/causes/index.ts';
import { found, known, missing } from '../../../src/model/reading.ts';
import { bytes } from '../../../src/model/units.ts';
import { fullBook, fullSnapshot } from '../../serve/metrics/states.ts';
import { cgroupStatWith, memStatsWith, snapshotWith } from '../../snapshots.ts';
import { bookWith } from '../books.ts';
import { pastOf } from '../pasts.ts';

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

test('pages of files that other processes map are page cache, and not theirs as well; what they share with the target is its own', () => {
  const level = { path: '/x', usage: bytes(350 * mib), limit: undefined, high: undefined };
  const held = (anon: number) =>
    snapshotWith({
      cgroup: found({
        version: 2,
        via: 'root',
        levels: [{ ...level, stat: cgroupStatWith({ anon: bytes(50 * mib), file: bytes(300 * mib), shmem: bytes(0) }) }],
        usageBefore: bytes(350 * mib),
        peak: undefined,
        swap: undefined,
        swapLimit: undefined,
        hierarchicalLimit: undefined,
      }),
      others: found({ count: 1, rss: bytes(320 * mib), anon: bytes(anon * mib), largest: { pid: 5, name: 'db', rss: bytes(320 * mib) } }),
    });
  const claims = (anon: number) =>
    judge(causes, { ledger: ledgerOf(held(anon)), past: pastOf({}) }).active.map(({ name, bytes: size = 0 }) => `${name} ${size / mib}`);
  assert.deepEqual(claims(40), ['page_cache 300', 'other_processes 40']);
  assert.deepEqual(claims(80), ['page_cache 300', 'other_processes 50']);
  assert.deepEqual(claims(10), ['page_cache 300']);
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

test('in a group shared with strangers the process is judged alone, and its own children leave it the container', () => {
  const named = (strangers: number | undefined) => {
    const group = known(fullSnapshot.others);
    if (group === undefined) throw new Error('no other processes in the full snapshot');
    const ledger = ledgerOf({ ...fullSnapshot, others: found({ ...group, count: 9, strangers }) }, fullBook);
    return judge(causes, { ledger, past: pastOf({}) });
  };
  const isContainers = ({ claims }: Cause) => claims.some((claim) => claim.startsWith('cgroup:'));
  const containers = new Set(causes.filter(isContainers).map(({ name }) => name));
  assert.deepEqual(named(0), named(undefined));
  assert.ok(
    named(0).active.some(({ name }) => containers.has(name)),
    'the container has a cause of its own',
  );
  const alone = named(9);
  assert.ok(!alone.active.some(({ name }) => containers.has(name)));
  const why = alone.notJudged.find(({ name }) => name === 'page_cache');
  assert.deepEqual(why, { name: 'page_cache', reason: 'mismatch', detail: 'this cgroup is shared by 9 others' });
  assert.deepEqual(
    alone.active.map(({ name }) => name),
    named(0)
      .active.map(({ name }) => name)
      .filter((name) => !containers.has(name) && name !== 'limit_without_headroom'),
    "what is the process's own is named as before",
  );
});

test("a process's own shared memory is named in a group that is shared", () => {
  const status = known(fullSnapshot.status);
  if (status === undefined) throw new Error('no status in the full snapshot');
  const others = found({ count: 9, rss: bytes(0), anon: bytes(0), strangers: 9 });
  const plain = known(bookWith({}))?.value.named;
  if (plain === undefined) throw new Error('no book');
  const named = { ...plain, shared: { ...plain.shared, distinct: bytes(20 * mib) } };
  const book = bookWith({ shmem: 20 * mib, go_arenas: 40 * mib }, { named });
  const ledger = ledgerOf({ ...fullSnapshot, others, status: found({ ...status, rssShmem: bytes(20 * mib) }) }, book);
  const finding = judge(causes, { ledger, past: pastOf({}) }).active.find(({ name }) => name === 'shmem');
  assert.match(finding?.summary ?? '', /^20\.0 MiB of shared memory/);
});
