import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf } from '../../../src/books/ledger.ts';
import { limitWithoutHeadroom } from '../../../src/causes/container/limit-without-headroom.ts';
import { goLiveHeap } from '../../../src/causes/go/go-live-heap.ts';
import { goReleaseOf } from '../../../src/causes/go/go-settings.ts';
import { leastOverCollections } from '../../../src/history/collections.ts';
import { filesInUse } from '../../../src/history/files-in-use.ts';
import { found } from '../../../src/model/reading.ts';
import { bytes } from '../../../src/model/units.ts';
import { fullSnapshot } from '../../serve/metrics/states.ts';
import { memStatsWith, snapshotWith } from '../../snapshots.ts';
import { pastOf } from '../pasts.ts';

const mib = 1024 ** 2;

test('what lives is the least heap over two collections, and what lay before them does not count', () => {
  const heap_alloc = [1, 40, 30, 60, 35, 50];
  assert.equal(leastOverCollections(pastOf({ heap_alloc, num_gc: [0, 1, 2, 2, 3, 4] }), 'heap_alloc'), 35);
  assert.equal(leastOverCollections(pastOf({ heap_alloc, num_gc: [3, 3, 3, 3, 4, 4] }), 'heap_alloc'), undefined);
  assert.equal(leastOverCollections(pastOf({ heap_alloc }), 'heap_alloc'), undefined);
});

test('a heap that rises because nothing is collected is not said to leak', () => {
  const heap_alloc = Array.from({ length: 48 }, (_, index) => (40 + 2 * index) * mib);
  const go = found({ memstats: memStatsWith(), residentMemory: bytes(60 * mib) });
  const ledger = ledgerOf(snapshotWith({ go }));
  const saidOf = (num_gc: readonly number[]) => {
    const judgment = goLiveHeap.judge({ ledger, past: pastOf({ heap_alloc, num_gc, rss: heap_alloc }, 300) });
    return judgment.ok && judgment.value !== 'inactive' ? judgment.value.summary : '';
  };
  assert.match(saidOf(heap_alloc.map((_, index) => index)), /grows in a line: 24\.0 MiB an hour/);
  assert.match(saidOf(heap_alloc.map((_, index) => (index < 30 ? index : 29))), /^The program itself holds [^;]*\.$/);
});

for (const [text, release] of [
  ['go1.24.4', [24, 4]],
  ['go1.24', [24, 0]],
  ['go1.24rc1', [24, 0]],
  ['go1.21.3 X:boringcrypto', [21, 3]],
  ['devel go1.28-abc', undefined],
] as const) {
  test(`the release of ${text}`, () => {
    const reading = goReleaseOf(ledgerOf(snapshotWith({ go: found({ memstats: memStatsWith(), goVersion: text }) })));
    assert.deepEqual(reading.ok ? [reading.value.minor, reading.value.patch] : undefined, release);
  });
}

test('the GOMEMLIMIT to set is told in bytes: what the limit leaves when everybody else has had theirs, and the files in use', () => {
  const { go, cgroup } = fullSnapshot;
  assert.ok(go.ok && cgroup.ok);
  const [level] = cgroup.value.levels;
  const limit = bytes(150 * mib);
  const tight = {
    ...fullSnapshot,
    go: found({ ...go.value, memoryLimit: limit }),
    cgroup: found({ ...cgroup.value, hierarchicalLimit: undefined, levels: [{ ...level, limit }] as const }),
  };
  const ledger = ledgerOf(tight);
  const judgment = limitWithoutHeadroom.judge({ ledger, past: pastOf({}) });
  assert.ok(judgment.ok && judgment.value !== 'inactive');
  const [, told] = /^GOMEMLIMIT=(\d+) /.exec(judgment.value.next) ?? [];
  const others = judgment.value.evidence.flatMap((each) => each || []).find(({ what }) => what.startsWith("not Go's"))?.value ?? Number.NaN;
  const left = limit - others - (filesInUse(ledger, 'container')?.size ?? Number.NaN);
  assert.ok(Number(told) <= left && Number(told) > left - 0.06 * limit, judgment.value.next);

  const peaked = limitWithoutHeadroom.judge({ ledger, past: pastOf({ not_go: [others, others + 20 * mib, others] }) });
  assert.ok(peaked.ok && peaked.value !== 'inactive');
  const [, fits] = /^GOMEMLIMIT=(\d+) /.exec(peaked.value.next) ?? [];
  assert.ok(Math.abs(Number(told) - Number(fits) - 20 * mib) <= mib, 'what others once had they will have again');
});
