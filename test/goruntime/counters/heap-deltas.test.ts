import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heapWords } from '../../../src/goruntime/counters/counters.ts';
import { findSplit, knownSplit, maxBytesBefore } from '../../../src/goruntime/counters/heap-deltas.ts';
import { wordsOf } from '../../../src/goruntime/tables/memory-words.ts';
import { recording, recordings } from './recorded.ts';

const heap = {
  heapInUse: 819_200,
  heapReleased: 2_097_152,
  heapFree: 24_576,
  totalAlloc: 900_000,
  totalFree: 200_000,
  mappedReady: 4_000_000,
};
const arenas = 4 * 1024 * 1024;
const joined = arenas - heap.heapInUse - heap.heapReleased - heap.heapFree;

/** Sets of a layout that no Go has, with these words each, and what stands behind them. */
function setsOf(sets: ReadonlyArray<readonly number[]>, stride: number, gap: number): Buffer {
  const bytes = Buffer.alloc(maxBytesBefore);
  const start = bytes.length - gap - 3 * stride;
  for (const [set, words] of sets.entries()) {
    for (const [index, word] of words.entries()) bytes.writeBigInt64LE(BigInt(word), start + set * stride + 8 * index);
  }
  return bytes;
}

function sumsOf(stacks: number, work: number, sixth: number): number[] {
  return [arenas - heap.heapReleased, heap.heapReleased, heap.heapInUse, stacks, work, sixth];
}

test('recorded: the stacks are those of heap?debug=1, in the layouts of the oldest and the newest Go', () => {
  for (const name of recordings) {
    const { data, address, heapAt, sysAt, memstats } = recording(name);
    const recorded = heapWords(wordsOf(data), (heapAt - address) / 4);
    const { HeapSys = 0, StackInuse = 0, GCSys = 0 } = memstats;
    const gcMisc = Number(data.readBigUInt64LE(sysAt - address + 32));
    const split = findSplit(data.subarray(0, sysAt - address), recorded, HeapSys + StackInuse + GCSys - gcMisc, false);
    assert.equal(split?.stackInuse, StackInuse, name);
  }
});

test('another layout is found where two of the sets are in use, whatever share each has', () => {
  const [committed = 0, released = 0, inHeap = 0, stacks = 0, work = 0, sixth = 0] = sumsOf(joined - 8192, 8192, 55);
  const one = [committed + 4096, released - 4096, inHeap + 8192, stacks, work, sixth];
  const other = [-4096, 4096, -8192, 0, 0, 0];
  for (const stride of [1184, 600]) {
    for (const sets of [
      [one, other, []],
      [[], one, other],
      [other, [], one],
    ]) {
      const bytes = setsOf(sets, stride, 24);
      assert.deepEqual(findSplit(bytes, heap, arenas, true), { stackInuse: joined - 8192, place: { before: 24 + 3 * stride, stride } });
      assert.equal(findSplit(bytes, heap, arenas, false), undefined, 'only where it is sought thoroughly');
    }
  }
});

test('with one set in use another layout is not believed: the distance to zeros is any', () => {
  assert.equal(findSplit(setsOf([sumsOf(joined, 0, 0), [], []], 1184, 24), heap, arenas, true), undefined);
});

test('the sixth word counts with the GC work up to Go 1.25, and is a count of small objects later', () => {
  const place = { before: 16 + 3 * 1168, stride: 1168 };
  for (const [work, sixth] of [
    [8192, 4096],
    [12_288, 77],
  ] as const) {
    const split = knownSplit(setsOf([sumsOf(joined - 12_288, work, sixth), [], []], 1168, 16), place, heap, arenas);
    assert.equal(split?.stackInuse, joined - 12_288);
  }
});

test('a set that is off by one byte anywhere, or cut off, splits nothing', () => {
  const place = { before: 16 + 3 * 1176, stride: 1176 };
  for (let word = 0; word < 5; word += 1) {
    const words = sumsOf(joined, 0, 0);
    words[word] = (words[word] ?? 0) + 1;
    assert.equal(knownSplit(setsOf([words, [], []], 1176, 16), place, heap, arenas), undefined, `word ${word}`);
  }
  const whole = setsOf([sumsOf(joined, 0, 0), [], []], 1176, 16);
  assert.equal(knownSplit(whole, place, heap, arenas)?.stackInuse, joined);
  assert.equal(knownSplit(whole.subarray(whole.length - place.before + 8), place, heap, arenas), undefined);
  assert.equal(knownSplit(Buffer.alloc(0), place, heap, arenas), undefined);
});
