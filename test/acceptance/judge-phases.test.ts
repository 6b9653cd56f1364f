import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bounds } from '../../acceptance/accuracy/bounds.ts';
import { judgePhases } from '../../acceptance/accuracy/judge-phases.ts';
import { look, mib, phase } from './looks.ts';

const good = look();
const moved = look({ score: 0.09 }, { stable: false });

test('looks that keep every bound miss nothing', () => {
  assert.deepEqual(judgePhases([phase([good, good])]), []);
});

test('the score of a stable look above the bound, with what it is made of', () => {
  const [miss, ...others] = judgePhases([phase([good, look({ score: 0.0021, slack: 200 * 1024 })])]);
  assert.equal(
    miss,
    'made-up, load, look 2: the strict score is 0.21 %: unattributed 0 KiB, ambiguity 20 KiB, bracket_width 0 KiB, slack 200 KiB',
  );
  assert.deepEqual(others, []);
  assert.deepEqual(judgePhases([phase([look({ score: bounds.score })])]), []);
});

test('a look without a score, or without components, is no good look', () => {
  const { score, ...unscored } = look().rss ?? { total: 0 };
  assert.notEqual(score, undefined);
  assert.deepEqual(judgePhases([phase([look({}, { rss: unscored })])]), ['made-up, load, look 1: no score']);
  const without = judgePhases([phase([look({}, { rss: { total: mib }, why: 'denied' })])]);
  assert.deepEqual(without, ['made-up, load, look 1: no components (denied)']);
});

test('one look of ten may be unstable, whatever its score; of all programs together, more than that is a miss', () => {
  const nine = Array.from({ length: 9 }, () => good);
  assert.deepEqual(judgePhases([phase([...nine, moved])]), []);
  assert.deepEqual(judgePhases([phase([...nine, moved]), phase([moved])]), ['9 of 11 snapshots of programs were stable']);
  assert.deepEqual(judgePhases([phase([look({}, { stable: false })])]), ['0 of 1 snapshots of programs were stable']);
});

test('a program with foreign memory is judged by the width of what is ambiguous: 5 % of RSS, 2 % with memory reads', () => {
  const foreign = (width: number) =>
    look({
      components: { native_mmap: 30 * mib },
      foreign: { estimate: 30 * mib, low: 30 * mib, high: (30 + width) * mib },
      ambiguity: width * mib,
      score: width / 100,
    });
  const mapsMemory = true;
  assert.deepEqual(judgePhases([phase([foreign(4.9)], { mapsMemory })]), []);
  assert.deepEqual(judgePhases([phase([foreign(5.1)], { mapsMemory })]), [
    'made-up, load, look 1: beside foreign memory the ambiguity is 5.10 % of RSS',
  ]);
  const reads = { mapsMemory, looking: { memoryReads: true } };
  assert.deepEqual(judgePhases([phase([foreign(1.9)], reads)]), []);
  assert.deepEqual(judgePhases([phase([foreign(2.1)], reads)]), [
    'made-up, load, memory reads, look 1: beside foreign memory the ambiguity is 2.10 % of RSS',
  ]);
  assert.equal(
    judgePhases([phase([look({ score: 0.0021 })], { mapsMemory })]).length,
    1,
    'before it maps any it is judged like the others',
  );
});

test('foreign memory in the book of a program that maps none is a miss, and so is its score', () => {
  const invented = look({ components: { native_mmap: 300 * 1024 }, foreign: { estimate: 0, low: 0, high: 5 * mib }, score: 0.047 });
  const [miss, score, ...others] = judgePhases([phase([invented])]);
  assert.equal(
    miss,
    'made-up, load, look 1: nobody but Go maps memory there, and the book tells of some: native_mmap 300 KiB, at most 5120 KiB',
  );
  assert.match(score ?? '', /the strict score is 4\.70 %/);
  assert.deepEqual(others, []);
});

test('a page of metrics that says something else than the ledger is a miss, also of an unstable look', () => {
  const differences = ['memgap_rss_mapped_bytes is 1 on the page, 2 in the ledger'];
  assert.deepEqual(judgePhases([phase([good], { differences })]), [`made-up, load: ${differences[0]}`]);
});
