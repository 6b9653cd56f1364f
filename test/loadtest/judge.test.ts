import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf } from '../../src/books/ledger.ts';
import { outcomeOf, parseCondition } from '../../src/loadtest/condition.ts';
import { loadtestDocument } from '../../src/loadtest/document.ts';
import { judgeLoad } from '../../src/loadtest/judge.ts';
import { floorsOf, measureOf, peaksOf } from '../../src/loadtest/measure.ts';
import { loadtestText } from '../../src/loadtest/text.ts';
import { verdictWords } from '../../src/loadtest/words.ts';
import { fullBook, fullSnapshot } from '../serve/metrics/states.ts';
import { snapshotWith } from '../snapshots.ts';
import { phase, phases } from './phases.ts';

const story = phases({
  rss: [20, 150, 130, 130, 130],
  used: [15, 140, 40, 40, 40],
  heap_live: [10, 100, 14, 14, 14],
  heap_reserved: [1, 10, 90, 91, 90],
  c_malloc: [0, 0, 0, 0, 0],
  exe_file: [5, 9, 9, 11, 13],
});

test('the seed case: up with the load, kept for reuse, no leak', () => {
  const verdict = judgeLoad(story);

  assert.equal(verdict.verdict, 'plateau');
  assert.deepEqual(verdictWords(verdict), [
    'PLATEAU, no leak: what stays is the same after each of 3 loads: RSS stands at 130 MiB, from 20.0 MiB',
    'grew: nothing by 2.60 MiB a cycle or more',
    'kept after the last load, for reuse: heap_live 4.00 MiB, heap_reserved 89.0 MiB, exe_file 8.00 MiB',
    'came back: heap_live 86.0 MiB',
  ]);
});

test('a leak is named by its component, with its growth a cycle', () => {
  const verdict = judgeLoad(phases({ rss: [20, 60, 40, 48, 56], c_malloc: [0, 8, 8, 16, 24], heap_live: [5, 9, 5, 5, 5] }));

  assert.equal(verdict.verdict, 'leak');
  assert.deepEqual(verdictWords(verdict).slice(0, 2), [
    'LEAK: after each of 3 loads more stays in c_malloc',
    'grew: c_malloc 8.00 MiB a cycle',
  ]);
});

test('pages of files and idle heap that grow are no leak', () => {
  const growing = {
    rss: [20, 60, 40, 48, 56],
    exe_file: [0, 8, 8, 16, 24],
    heap_reserved: [0, 8, 8, 16, 24],
    heap_live: [5, 9, 5, 5, 5],
    c_malloc: [0, 0, 0, 0, 0],
  };

  const verdict = judgeLoad(phases(growing));

  assert.equal(verdict.verdict, 'reclaimable');
  assert.equal(
    verdictWords(verdict)[0],
    'NO LEAK: RSS rises by 8.00 MiB a cycle, in what comes back when somebody wants the room: exe_file 8.00 MiB, heap_reserved 8.00 MiB',
  );
});

test('a heap that was not collected is judged by what of it is resident; where no book is known, all of RSS is', () => {
  const garbage = { rss: [20, 60, 40, 40, 40], heap_live: [5, 9, 5, 13, 21], go_arenas: [9, 30, 30, 30, 30], c_malloc: [0, 0, 0, 0, 0] };

  assert.equal(judgeLoad(phases(garbage, false)).verdict, 'plateau');
  assert.equal(judgeLoad(phases(garbage, true)).verdict, 'leak');
  assert.equal(judgeLoad(phases({ rss: [20, 60, 40, 48, 56] })).verdict, 'leak');
});

test('two loads can not tell; none says so and judges nothing', () => {
  assert.equal(judgeLoad(phases({ rss: [20, 60, 40, 48] })).verdict, 'undecided');
  assert.equal(judgeLoad([]).cycles, 0);
  assert.deepEqual(verdictWords(judgeLoad([])), ['UNDECIDED: no load was recorded to its end']);
});

test('what was not known after each load is not judged', () => {
  const some = [phase('after', 1, { rss: 20, c_malloc: 1 }), phase('after', 2, { rss: 20 }), phase('after', 3, { rss: 20, c_malloc: 20 })];

  assert.ok(!judgeLoad(some).lines.some(({ name }) => name === 'c_malloc'));
});

test('conditions are read, and judged over the test', () => {
  const holds = (text: string) => {
    const condition = parseCondition(text);
    assert.ok(!('problem' in condition), text);
    return outcomeOf(condition, judgeLoad(story)).holds;
  };

  assert.equal(holds('growth > 5MiB/cycle'), false);
  assert.equal(holds('growth>=0'), true);
  assert.equal(holds('growth of exe_file > 1.5 MiB / cycle'), true);
  assert.equal(holds('growth exe_file >= 2MiB/cycle'), true);
  assert.equal(holds('growth exe_file > 2MiB/cycle'), false);
  assert.equal(holds('leak'), false);
  assert.equal(holds('growth thread_stacks > 1MiB/cycle'), 'unknown', 'it was not measured: a test that can not tell does not pass');
});

test('what is wrong with a condition is shown with a caret under it', () => {
  const problem = (text: string) => {
    const condition = parseCondition(text);
    assert.ok('problem' in condition, text);
    return condition.problem.split('\n').map((line) => line.slice(0, 40));
  };

  assert.deepEqual(problem('growth of rs > 5MiB/cycle'), ['growth of rs > 5MiB/cycle', '          ^ no such size: one of rss, us']);
  assert.deepEqual(problem('growth > 5MiB/hour'), ['growth > 5MiB/hour', '             ^ expected /cycle, or the e']);
  assert.deepEqual(problem('growth rss < 5MiB'), ['growth rss < 5MiB', '           ^ expected > or >=']);
  assert.deepEqual(problem('growth > lots'), ['growth > lots', '         ^ expected a size, as 5MiB or 5']);
  assert.deepEqual(problem('growth >'), ['growth >', '        ^ expected a size, as 5MiB or 50']);
  assert.equal(problem('')[1]?.startsWith('^ expected growth'), true);
  assert.equal(problem('rss > 5MiB')[1]?.startsWith('^ expected growth'), true);
  assert.deepEqual(problem('leak now'), ['leak now', '     ^ expected nothing more after leak']);
});

test('a measure holds what the ledger knows, under the names of the metrics, and the container only while the target is alone in it', () => {
  const full = measureOf(ledgerOf(fullSnapshot, fullBook));

  assert.equal(full.used, 41115928);
  assert.equal(full.c_malloc, 307200);
  assert.equal(full.heap_reserved, 4407296);
  assert.ok(!Object.keys(full).some((name) => name.startsWith('cgroup_')), 'one other process is in it');
  assert.deepEqual(measureOf(ledgerOf(snapshotWith({}))), {});
  assert.deepEqual(floorsOf([{ a: 1, b: 5 }, { a: 3 }]), { a: 1, b: 5 });
  assert.deepEqual(peaksOf([{ a: 1, b: 5 }, { a: 3 }]), { a: 3, b: 5 });
});

test('text and JSON say the same, and no target text gets through raw', () => {
  const condition = parseCondition('growth > 5MiB/cycle');
  assert.ok(!('problem' in condition));
  const verdict = judgeLoad(story);
  const outcomes = [outcomeOf(condition, verdict)];
  const text = loadtestText(story, verdict, outcomes, ['a note \u001b[31m']);
  const document = JSON.parse(JSON.stringify(loadtestDocument(story, verdict, outcomes, [])));

  assert.match(text, /^rss +20\.0 MiB +150 MiB +130 MiB +130 MiB +130 MiB +0 B {2}plateau$/m);
  assert.match(text, /^--fail-if growth > 5MiB\/cycle: passed \(0 B a cycle\)$/m);
  assert.ok(!text.includes('\u001b'));
  assert.equal(document.verdict, 'plateau');
  assert.equal(document.sizes.rss.growth_per_cycle, 0);
  assert.deepEqual(document.fail_if, [{ condition: 'growth > 5MiB/cycle', holds: false, growth_per_cycle: 0 }]);
  assert.equal(document.phases.length, 7);
});
