import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgePreload } from '../../acceptance/accuracy/judge-preload.ts';
import type { PreloadRun } from '../../acceptance/accuracy/preloads.ts';
import { preloadTable } from '../../acceptance/accuracy/tables.ts';
import { look, mib } from './looks.ts';

/** 64 MiB, or what there is room for, of which all is in an interval so many MiB wide. */
function run(width: number, total = 74, known: Partial<PreloadRun> = {}): PreloadRun {
  const size = Math.min(64, total - 10);
  const components = { go_arenas: (total - size) * mib, native_mmap: size * mib };
  const foreign = { estimate: size * mib, low: (size - width) * mib, high: size * mib };
  const seen = look({ total: total * mib, components, foreign, ambiguity: width * mib });
  return { name: 'constructor', mib: 64, lab: 'go1.26-cgo', looking: { memoryReads: true }, seen, ...known };
}

test('an interval that holds the truth and is narrow enough misses nothing', () => {
  assert.deepEqual(judgePreload(run(1)).misses, []);
  assert.deepEqual(judgePreload(run(3, 74, { looking: { memoryReads: false } })).misses, []);
});

test('an interval that is too wide, or elsewhere than the truth', () => {
  assert.match(judgePreload(run(2)).misses.join(), /with memory reads: the interval is 2\.70 % of RSS wide/);
  assert.match(judgePreload(run(4, 74, { looking: { memoryReads: false } })).misses.join(), /5\.41 % of RSS wide/);
  assert.match(judgePreload(run(1, 74, { mib: 65 })).misses.join(), /the truth lies outside/);
});

test('a small process has a bound with memory reads only, and of an allocator no truth is known', () => {
  const small = run(4, 60, { looking: { memoryReads: false }, mib: undefined, name: 'jemalloc, idle' });
  assert.deepEqual(judgePreload(small).misses, []);
  assert.equal(judgePreload({ ...small, looking: { memoryReads: true } }).misses.length, 1);
  assert.deepEqual(preloadTable([small]).rows[0]?.slice(-3), ['6.67 %', '-', 'yes']);
});

test('no interval', () => {
  assert.deepEqual(judgePreload(run(1, 74, { seen: { target: {}, taken_at: 0, stable: true } })).misses, [
    'constructor before Go on go1.26-cgo with memory reads: no interval',
  ]);
});
