import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { boundsOf } from '../../../src/goruntime/counters/arena-sums.ts';
import { heapWords } from '../../../src/goruntime/counters/counters.ts';
import { findHeapWords, findSysWords } from '../../../src/goruntime/counters/scan.ts';
import { wordsOf } from '../../../src/goruntime/tables/memory-words.ts';
import { type Recording, recording, recordings } from './recorded.ts';

const roomy = { anonymous: 2 ** 46 };

function heapOf({ data, heapAt, address }: Recording) {
  return heapWords(wordsOf(data), (heapAt - address) / 4);
}

test('in recorded data the heap words are found, and then the words that they add up with, each once', () => {
  for (const name of recordings) {
    const recorded = recording(name);
    const { data, address, heapAt, sysAt, mappings } = recorded;
    assert.deepEqual(findHeapWords(data, address, boundsOf(mappings)), [heapAt], name);
    assert.deepEqual(findSysWords(data, address, heapOf(recorded)), [sysAt], name);
  }
});

test('they are found at any aligned place of a piece, at its ends as well, and not in one that cuts them', () => {
  const recorded = recording('go1.19-pure');
  const { data, heapAt, sysAt, address } = recorded;
  for (const [at, find] of [
    [heapAt, (bytes: Uint8Array, from: number) => findHeapWords(bytes, from, roomy)],
    [sysAt, (bytes: Uint8Array, from: number) => findSysWords(bytes, from, heapOf(recorded))],
  ] as const) {
    const window = data.subarray(at - address, at - address + 48);
    for (const [before, after] of [
      [0, 0],
      [8, 0],
      [0, 8],
      [4096, 72],
    ] as const) {
      const piece = Buffer.concat([Buffer.alloc(before), window, Buffer.alloc(after)]);
      assert.deepEqual(find(piece, 4096), [4096 + before], `${before} before, ${after} after`);
    }
    assert.deepEqual(find(window.subarray(0, 40), 4096), []);
    assert.deepEqual(find(window.subarray(8), 4096), []);
  }
});

test('one number that is off by a page makes the sum fail', () => {
  for (const name of recordings) {
    const recorded = recording(name);
    const { data, address, sysAt } = recorded;
    for (let word = 0; word < 6; word += 1) {
      const changed = Buffer.from(data);
      const at = sysAt - address + 8 * word;
      changed.writeBigUInt64LE(changed.readBigUInt64LE(at) + 4096n, at);
      assert.deepEqual(findSysWords(changed, address, heapOf(recorded)), [], `${name}, word ${word}`);
    }
  }
});

test('more than the process has mapped is none of its counters', () => {
  const { data, address } = recording('go1.19-pure');
  assert.deepEqual(findHeapWords(data, address, { anonymous: 8 * 1024 * 1024 }), []);
});

test('arbitrary bytes never make a scan fail, and zeros are nothing', () => {
  const heap = heapOf(recording('go1.19-pure'));
  assert.deepEqual(findHeapWords(Buffer.alloc(65_536), 0, roomy), []);
  assert.deepEqual(findSysWords(Buffer.alloc(65_536), 0, heap), []);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 0, max: 7 }), (bytes, from) => {
      for (const at of findHeapWords(bytes.subarray(from), 0, roomy)) assert.equal(at % 8, 0);
      for (const at of findSysWords(bytes.subarray(from), 0, heap)) assert.equal(at % 8, 0);
    }),
  );
});
