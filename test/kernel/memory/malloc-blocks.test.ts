import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBlocks } from '../../../src/kernel/memory/malloc-blocks.ts';
import type { ProcessMemory } from '../../../src/kernel/memory/memory.ts';

const page = 4096;
const start = 0x7f0000001000;
const slices = { pause: async () => true };

/** Pages of a mapping at `start`, with headers at some of them; `absent` are not resident. */
function memoryWith(pages: number, headers: Readonly<Record<number, number>>, absent: readonly number[] = []) {
  const data = Buffer.alloc(pages * page, 0xaa);
  for (const [at, size] of Object.entries(headers)) {
    data.fill(0, Number(at) * page, Number(at) * page + 16);
    data.writeBigUInt64LE(BigInt(size * page + 2), Number(at) * page + 8);
  }
  const isPresent = (address: number) => {
    const at = Math.floor((address - start) / page);
    return at >= 0 && at < pages && !absent.includes(at);
  };
  const memory: ProcessMemory = {
    read: (at, size) => (isPresent(at) ? data.subarray(at - start, at - start + size) : Buffer.alloc(0)),
    present(from, to, most) {
      const stretches: Array<{ start: number; end: number }> = [];
      for (let at = from; at < Math.min(to, from + most); at += page) if (isPresent(at)) stretches.push({ start: at, end: at + page });
      return stretches;
    },
    close: () => undefined,
  };
  return { memory, part: { start, end: start + pages * page } };
}

async function found(...given: Parameters<typeof memoryWith>) {
  const { memory, part } = memoryWith(...given);
  const blocks = await findBlocks(memory, part, 20_000, slices);
  return blocks?.ranges.map((range) => [(range.start - start) / page, (range.end - start) / page]);
}

test('blocks that follow one another are one range', async () => {
  assert.deepEqual(await found(100, { 0: 40, 40: 60 }), [[0, 100]]);
});

test('blocks behind and between memory of others are found, small ones only where a block was to be expected', async () => {
  assert.deepEqual(await found(300, { 3: 40, 43: 50, 120: 64, 184: 2 }), [
    [3, 93],
    [120, 186],
  ]);
  assert.deepEqual(await found(100, { 3: 2 }), []);
  assert.deepEqual(await found(100, { 0: 2 }), [[0, 2]]);
});

test('a block whose first page was swapped out hides itself and no other', async () => {
  assert.deepEqual(await found(200, { 0: 40, 40: 50, 90: 110 }, [40]), [
    [0, 40],
    [90, 200],
  ]);
});

test('untouched memory costs next to nothing, and a size past the end is none', async () => {
  const { memory, part } = memoryWith(
    4096,
    { 4000: 64, 4064: 64 },
    Array.from({ length: 3999 }, (_, at) => at + 1),
  );
  const blocks = await findBlocks(memory, part, 20_000, slices);
  assert.ok(blocks !== undefined && blocks.headersRead < 100);
});

test('it ends with its budget, and when the poll is over', async () => {
  const { memory, part } = memoryWith(100, { 0: 40, 40: 60 });
  assert.deepEqual((await findBlocks(memory, part, 1, slices))?.ranges, [{ start, end: start + 40 * page }]);
  assert.equal(await findBlocks(memory, part, 10, { pause: async () => false }), undefined);
});
