import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCollections } from '../../bench/advice/collections.ts';
import { allowed, boundsOf, missesOf } from '../../bench/advice/conditions.ts';
import { judgeAdvice } from '../../bench/advice/judge-advice.ts';
import type { Given, Measured } from '../../bench/advice/measured.ts';
import { robustaKrr, verticalPodAutoscaler } from '../../bench/advice/published-rules.ts';
import { searchLeast } from '../../bench/advice/search-least.ts';
import { sizeTable } from '../../bench/advice/tables.ts';
import type { Trial } from '../../bench/advice/trial.ts';
import { mib } from '../acceptance/looks.ts';
import { runs } from '../runs.ts';

const good: Trial = {
  oomKills: 0,
  ready: 1,
  loadSeconds: 6,
  readBytes: 100 * mib,
  gcSeconds: 1,
  collections: 3,
  peak: 150 * mib,
  anonymous: 40 * mib,
  refaults: 0,
  workingSets: [50 * mib],
};
const bounds = boundsOf([good, good, good]);

test('a start that costs what it costs without a limit keeps the bounds; one a little above each of them misses it', () => {
  assert.deepEqual(missesOf([good], bounds), []);
  assert.equal(missesOf([{ ...good, readBytes: 1.2 * 100 * mib + allowed.readBytes.more + 1 }], bounds).length, 1);
  assert.equal(missesOf([{ ...good, ready: 1.51 }], bounds).length, 1);
  assert.equal(missesOf([{ ...good, gcSeconds: 2.01 }], bounds).length, 1);
  assert.deepEqual(missesOf([{ ...good, readBytes: 121 * mib, ready: 1.49, gcSeconds: 1.99 }], bounds), []);
});

test('one kill of three starts counts, one slow start of three does not', () => {
  assert.deepEqual(missesOf([good, good, { ...good, oomKills: 1 }], bounds), ['killed in 1 of 3 starts']);
  assert.deepEqual(missesOf([good, { ...good, ready: 9 }, good], bounds), []);
});

test('a program that is not ready, or does not do its load, has missed: what was not measured does not pass', () => {
  const { ready, loadSeconds, gcSeconds, ...rest } = good;
  assert.deepEqual(missesOf([{ ...rest, failed: 'not ready: not in time' }], bounds), [
    'not ready: not in time',
    'ready after Infinity s, 1.50 s allowed',
  ]);
  assert.deepEqual(missesOf([good, good, { ...good, failed: 'load not done' }], bounds), ['load not done']);
});

test('the search ends within its step of the least size that passes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 10, max: 900 }), async (least) => {
      const found = await searchLeast({ fails: 6 * mib, passes: 1000 * mib }, 0.04, async (size) => size >= least * mib);
      assert.ok(found >= least * mib && found <= Math.max(least * 1.04, least + 1) * mib, `${found / mib} where ${least} is the least`);
    }),
    { numRuns: runs(200) },
  );
});

test("the published rules: VPA's floor and buckets, KRR's floor and buffer", () => {
  assert.equal(verticalPodAutoscaler([24 * mib]), 250 * mib);
  assert.equal(robustaKrr([24 * mib, 30 * mib]), 100 * mib);
  assert.equal(robustaKrr([300 * mib, 200 * mib]), 345 * mib);
  const target = verticalPodAutoscaler([300 * mib, 400 * mib]);
  assert.ok(target >= 1.15 * 400 * mib && target <= 1.15 * 1.08 * 400 * mib, `${target / mib}`);
});

test('the processor time of collections is their share of what passed until the last one, and 0 before the first', () => {
  const text = '# NextGC = 4194304\n# LastGC = 1000010000000000000\n# NumGC = 7\n# GCCPUFraction = 0.05\n';
  assert.deepEqual(parseCollections(text, 1_000_000_000, 2), { count: 7, seconds: 1000 });
  assert.equal(parseCollections(text.replace(/LastGC = \d+/, 'LastGC = 0').replace('= 0.05', '= 0'), 1_000_000_000, 2).seconds, 0);
});

function measured(given: readonly Given[], least?: number): Measured {
  return {
    ...{ name: 'program', kind: 'of a test', free: [good], bounds, squeezed: [], given, searched: [], seconds: 1, at: '', memgap: '' },
    ...(least !== undefined && { least }),
  };
}

test("memgap is judged, by its misses and by the least; others' sizes are only shown, and no size is no miss", () => {
  const size = { limit: 170 * mib };
  const given: readonly Given[] = [
    { by: 'look', size, misses: [], trials: [good] },
    {
      by: 'polls',
      size: { limit: 90 * mib, gomemlimit: 80 * mib },
      misses: ['killed in 1 of 1 starts'],
      trials: [{ ...good, oomKills: 1 }],
    },
    { by: 'killed', why: 'no size', misses: [], trials: [] },
    { by: 'krr', size, misses: ['read 900 MiB, 122 MiB allowed'], trials: [good] },
  ];

  assert.deepEqual(judgeAdvice(measured(given, 100 * mib)), [
    'program, one snapshot: 170Mi: 1.70 x of the least that passes, 1.6 allowed',
    'program, ten polls: 90Mi: killed in 1 of 1 starts',
  ]);
  const { rows, notes } = sizeTable([measured(given, 100 * mib)], 'cgroup v1');
  assert.deepEqual(rows, [['program', '100.0', '170 ok 1.70 x', '90 + 80 KILLED', 'none', '-', '-', '170 STARVES']]);
  assert.match(notes.join('\n'), /memgap 1 of 2 \(and no size 1 times\), VPA 0 of 0, KRR 0 of 1/);
});
