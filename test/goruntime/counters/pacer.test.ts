import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type HeapWords, heapWords } from '../../../src/goruntime/counters/counters.ts';
import { pacerIn, pacerSize } from '../../../src/goruntime/counters/pacer.ts';
import { wordsOf } from '../../../src/goruntime/tables/memory-words.ts';
import { recording, recordings } from './recorded.ts';

const mib = 1024 ** 2;

/** The bytes before heapInUse, and what follows. */
function recorded(name: (typeof recordings)[number]) {
  const { data, address, heapAt } = recording(name);
  const at = heapAt - address;
  return { before: Buffer.from(data.subarray(at - pacerSize, at)), heap: heapWords(wordsOf(data.subarray(at, at + 48)), 0) };
}

test('recorded: GOGC, GOMEMLIMIT and the goal of programs that set neither', () => {
  const goals = recordings.map((name) => {
    const { before, heap } = recorded(name);
    return pacerIn(before, heap);
  });
  const neither = { gogc: 1, memoryLimit: 'off' };
  assert.deepEqual(goals, [
    { ...neither, nextGc: 63564224 },
    { ...neither, nextGc: 47785474 },
  ]);
});

interface Made {
  readonly percent: number;
  readonly memoryLimit?: number;
  readonly marked: number;
  /** Where gcController begins, before its heapInUse. */
  readonly begins?: number;
}

/** As it is after a collection, by default of Go 1.27. */
function made({ percent, memoryLimit, marked, begins = 272 }: Made): Buffer {
  const before = Buffer.alloc(pacerSize);
  const head = pacerSize - begins;
  const least = percent < 0 ? (2n ** 64n - 4n * 1024n ** 2n) / 100n : BigInt(Math.floor((4 * mib * percent) / 100));
  const goal = percent < 0 ? 2n ** 64n - 1n : BigInt(marked + Math.floor(((marked + 100_000 + 5000) * percent) / 100));
  before.writeInt32LE(percent, head);
  before.writeBigInt64LE(memoryLimit === undefined ? 2n ** 63n - 1n : BigInt(memoryLimit), head + 8);
  before.writeBigUInt64LE(least, head + 16);
  before.writeBigUInt64LE(goal > least ? goal : least, pacerSize - 200);
  before.writeBigUInt64LE(2n ** 64n - 1n, pacerSize - 184); // no collection runs
  before.writeBigUInt64LE(100_000n, pacerSize - 144);
  before.writeBigUInt64LE(5000n, pacerSize - 128);
  before.writeBigUInt64LE(BigInt(marked), pacerSize - 120);
  return before;
}

function heapWith(allocated: number): HeapWords {
  const beside = 10 * mib;
  return { heapInUse: allocated, heapReleased: 0, heapFree: 0, totalAlloc: allocated, totalFree: 0, mappedReady: allocated + beside };
}

test('GOGC=off is off: without a limit nothing starts a collection, with one that does', () => {
  const heap = heapWith(130 * mib);
  assert.deepEqual(pacerIn(made({ percent: -1, marked: 60 * mib }), heap), { gogc: 'off', memoryLimit: 'off', nextGc: undefined });
  const limited = pacerIn(made({ percent: -1, memoryLimit: 230 * mib, marked: 60 * mib }), heap);
  assert.equal(limited?.memoryLimit, 230 * mib);
  assert.equal(limited?.nextGc, 220 * mib - Math.floor((220 * mib) / 100) * 3, 'the limit, less what is not heap, less 3 %');
});

test('the pacer of each release is found: of 1.19, of 1.20, and of those since', () => {
  for (const begins of [304, 248, 272]) {
    assert.equal(pacerIn(made({ percent: 77, marked: 60 * mib, begins }), heapWith(130 * mib))?.gogc, 0.77, `${begins}`);
  }
  assert.equal(pacerIn(made({ percent: 77, marked: 60 * mib, begins: 264 }), heapWith(130 * mib)), undefined);
});

test('what does not follow from the rest is not believed', () => {
  const size = fc.integer({ min: 5 * mib, max: 4096 * mib });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), size, fc.constantFrom(272, 256, 200, 144, 128, 120), (percent, marked, place) => {
      const before = made({ percent, marked });
      const heap = heapWith(marked);
      const pacer = pacerIn(before, heap);
      assert.equal(pacer?.gogc, percent / 100);
      assert.ok((pacer?.nextGc ?? 0) >= marked);
      const at = pacerSize - place;
      before.writeInt32LE(before.readInt32LE(at) ^ 0x4000, at);
      assert.equal(pacerIn(before, heap), undefined);
    }),
    { numRuns: 50 },
  );
  assert.equal(pacerIn(Buffer.alloc(0), heapWith(mib)), undefined);
});
