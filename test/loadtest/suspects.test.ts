import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { outcomeOf } from '../../src/loadtest/condition.ts';
import { judgeLoad } from '../../src/loadtest/judge.ts';
import type { Measure } from '../../src/loadtest/measure.ts';
import { verdictWords } from '../../src/loadtest/words.ts';
import { phase, phases } from './phases.ts';

/** Go's books, in which nothing grows. */
const quiet = { used: [15, 140, 16, 16, 16], heap_live: [10, 100, 14, 14, 14], heap_reserved: [1, 10, 2, 2, 2] };

test("where the owners of RSS are not known, what is not Go's is judged as one", () => {
  const denied = phases({ ...quiet, rss: [20, 160, 120, 220, 320], unexplained: [5, 20, 104, 204, 304] });
  const remote = phases({ ...quiet, rss: [20, 160, 120, 220, 320] });
  const masked = phases({ ...quiet, rss: [120, 160, 120, 120, 120], unexplained: [5, 20, 14, 22, 30] }, false);

  assert.deepEqual(verdictWords(judgeLoad(denied)).slice(0, 3), [
    'LEAK: after each of 3 loads more stays in unexplained',
    "judged without the owners of RSS: what is not Go's as one size, unexplained",
    'grew: unexplained 100 MiB a cycle',
  ]);
  assert.deepEqual(verdictWords(judgeLoad(remote)).slice(0, 2), [
    'LEAK: after each of 3 loads more stays in rss',
    'judged without the owners of RSS: all of it as one size',
  ]);
  assert.equal(judgeLoad(masked).verdict, 'leak', 'heap that is given back meanwhile hides it from RSS');
});

test('what was lost on the way leaves the test undecided, and is named; a leak elsewhere stays one', () => {
  const after = (load: number, sizes: Measure) => phase('after', load, { rss: 120, unexplained: 50, heap_live: 14, ...sizes });
  const owners = { c_malloc: 20, unattributed: 0 };
  const lost = judgeLoad([after(1, owners), after(2, {}), after(3, owners)]);
  const late = judgeLoad([after(1, {}), after(2, owners), after(3, owners)]);
  const leaking = judgeLoad([after(1, { ...owners, heap_live: 20 }), after(2, { heap_live: 30 }), after(3, { heap_live: 40 })]);

  assert.equal(lost.verdict, 'undecided');
  assert.equal(verdictWords(lost)[0], "UNDECIDED: c_malloc, unattributed can't be compared: not known after load 2");
  assert.equal(verdictWords(late)[0], "UNDECIDED: c_malloc, unattributed can't be compared: not known after load 1");
  assert.equal(leaking.verdict, 'leak');
  assert.equal(outcomeOf({ text: 'leak', kind: 'leak' }, lost).holds, 'unknown');
});

test("without RSS nothing is said of what is not Go's", () => {
  const verdict = judgeLoad(phases(quiet));

  assert.equal(verdict.verdict, 'undecided');
  assert.match(verdictWords(verdict)[0] ?? '', /^UNDECIDED: RSS is not known, .*--target\.pid/);
  assert.equal(judgeLoad(phases({ ...quiet, heap_live: [10, 100, 14, 24, 34] })).verdict, 'leak');
});

test('RSS that rises by what no part of it shows alone is not called the same', () => {
  const spread = {
    rss: [200, 400, 300, 312, 324],
    heap_live: [10, 100, 14, 18, 22],
    c_malloc: [1, 1, 1, 5, 9],
    native_mmap: [1, 1, 1, 5, 9],
  };
  const verdict = judgeLoad(phases(spread));

  assert.equal(verdictWords(verdict)[0], 'UNDECIDED: RSS rises by 12.0 MiB a cycle, and no part of it by 6.48 MiB or more');
});

test('while RSS rises with each load, no verdict says that what stays is the same', () => {
  const size = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 8 });
  const sizes = fc.dictionary(fc.constantFrom('unexplained', 'heap_live', 'heap_reserved', 'c_malloc', 'exe_file', 'used'), size);
  fc.assert(
    fc.property(sizes, fc.integer({ min: 7, max: 100 }), fc.boolean(), (others, growth, collected) => {
      const rss = [20, 150, ...Array.from({ length: 6 }, (_, index) => 100 + growth * index)];
      const verdict = judgeLoad(phases({ rss, ...others }, collected));
      assert.equal(verdict.lines[0]?.shape, 'line');
      assert.ok(['leak', 'reclaimable', 'undecided'].includes(verdict.verdict));
      assert.doesNotMatch(verdictWords(verdict)[0] ?? '', /the same|nothing stays/);
    }),
  );
});
