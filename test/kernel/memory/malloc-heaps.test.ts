import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type HeapBudget, heapUse } from '../../../src/kernel/memory/malloc-heaps.ts';
import type { ProcessMemory } from '../../../src/kernel/memory/memory.ts';
import { runs } from '../../runs.ts';

const start = 0x5500_0000_0000;
const page = 4096;
const slices = { pause: async () => true };

/** One chunk: its size in units of 16 bytes, two at least, and whether it is free. */
type Chunk = readonly [units: number, isFree: boolean];

/** A heap as malloc lays it out, the top last; whole pages. Two free chunks never touch: malloc joins them. */
function heapOf(chunks: readonly Chunk[]) {
  const parts = chunks.map(([units, isFree], index) => ({ size: units * 16, isFree: isFree && chunks[index - 1]?.[1] !== true }));
  const used = parts.reduce((sum, { size }) => sum + size, 0);
  const length = Math.ceil((used + 32) / page) * page;
  parts.push({ size: length - used, isFree: false });
  const data = Buffer.alloc(length, 0xaa);
  let at = 0;
  let before: { size: number; isFree: boolean } | undefined;
  for (const part of parts) {
    data.writeBigUInt64LE(before?.isFree ? BigInt(before.size) : 0xdead_beefn, at);
    data.writeBigUInt64LE(BigInt(part.size) + (before?.isFree ? 0n : 1n), at + 8);
    at += part.size;
    before = part;
  }
  return { data, top: length - used, free: parts.reduce((sum, { size, isFree }) => sum + (isFree ? size : 0), 0) };
}

function memoryOf(data: Buffer, absent: readonly number[] = []): ProcessMemory {
  const isPresent = (address: number) =>
    address >= start && address < start + data.length && !absent.includes(Math.floor((address - start) / page));
  const present: ProcessMemory['present'] = (from, to) => {
    const stretches: Array<{ start: number; end: number }> = [];
    for (let at = from; at < to; at = Math.floor(at / page + 1) * page) {
      const end = Math.min(to, Math.floor(at / page + 1) * page);
      const last = stretches.at(-1);
      if (!isPresent(at)) continue;
      if (last?.end === at) last.end = end;
      else stretches.push({ start: at, end });
    }
    return stretches;
  };
  return {
    present,
    read(address, size) {
      const [stretch] = present(address, address + size, size);
      return stretch?.start === address ? data.subarray(address - start, stretch.end - start) : Buffer.alloc(0);
    },
    close: () => undefined,
  };
}

const room = (): HeapBudget => ({ bytes: 64 * 1024 ** 2, chunks: 100_000 });

function use(data: Buffer, { isMain = true, memory = memoryOf(data), budget = room(), first = 16 } = {}) {
  return heapUse(memory, { start, end: start + data.length, first: { start, end: start + first }, isMain }, budget, slices);
}

test('what is free is the sum of the free chunks and the top, whatever lies between them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 2, max: 3000 }), fc.boolean()), { maxLength: 60 }), async (chunks) => {
      const { data, free, top } = heapOf(chunks);
      const held = await use(data);
      assert.ok(held !== undefined && held !== 'late');
      assert.deepEqual([held.resident, held.free], [data.length, free + top]);
      assert.ok(held.trimmable <= held.free && held.trimmable % page === 0);
    }),
    { numRuns: runs(60) },
  );
});

test("whole pages only are trimmed, and of a thread's heap not the top", async () => {
  const { data, top } = heapOf([
    [2, false],
    [3 * 256, true],
    [200, false],
    [2, true],
    [200, false],
  ]);
  const main = await use(data);
  const thread = await use(data, { isMain: false });
  assert.ok(main !== undefined && main !== 'late' && thread !== undefined && thread !== 'late');
  assert.equal(main.free, thread.free);
  assert.equal(thread.trimmable, 2 * page, 'of 12 KiB that begin 32 bytes into a page');
  assert.equal(main.trimmable - thread.trimmable, Math.floor((top - 48) / page) * page);
});

test('a word that contradicts another, an end that is missed and a page that is away: nothing is said', async () => {
  const chunks: Chunk[] = [
    [100, false],
    [300, true],
    [100, false],
    [900, true],
    [40, false],
  ];
  const { data } = heapOf(chunks);
  const changed = (change: (copy: Buffer) => void) => {
    const copy = Buffer.from(data);
    change(copy);
    return use(copy);
  };
  assert.equal(await changed((copy) => copy.writeBigUInt64LE(4800n + 16n, 6400)), undefined, 'another size repeated');
  assert.equal(await changed((copy) => copy.writeBigUInt64LE(4801n + 16n, 1608)), undefined, 'a size that leads astray');
  assert.equal(await changed((copy) => copy.writeBigUInt64LE(1603n, 8)), undefined, 'a mapped block');
  assert.equal(await use(data.subarray(0, data.length - 16)), undefined, 'no end');
  assert.equal(await use(data, { memory: memoryOf(data, [1]) }), undefined, 'a page that was swapped out');
  assert.equal(await use(data, { budget: { bytes: page, chunks: 100 } }), undefined, 'no budget');
  assert.equal(await use(data, { budget: { bytes: 2 ** 20, chunks: 3 } }), undefined, 'no budget of chunks');
});

test('no bytes make it fail or go beyond its budget', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 64, maxLength: 8192 }), async (bytes) => {
      const budget = room();
      const held = await use(Buffer.from(bytes), { budget, first: 8192 });
      assert.ok(held !== 'late' && (held === undefined || held.free <= bytes.length + page));
      assert.ok(budget.chunks > room().chunks - 10_000);
    }),
    { numRuns: runs(60) },
  );
});

test('of large chunks the heads are read, and not what lies in them', async () => {
  const { data } = heapOf(Array.from({ length: 64 }, () => [4096, false] as const));
  const budget = room();
  assert.notEqual(await use(data, { budget }), undefined);
  assert.ok(room().bytes - budget.bytes < data.length / 4, `${room().bytes - budget.bytes} of ${data.length}`);
});

test('a heap that is full ends at its fence', async () => {
  const data = Buffer.alloc(page);
  data.writeBigUInt64LE(BigInt(page - 32) + 1n, 8);
  data.writeBigUInt64LE(17n, page - 32 + 8);
  data.writeBigUInt64LE(1n, page - 16 + 8);
  const held = await use(data, { isMain: false });
  assert.deepEqual(held, { resident: page, free: 0, trimmable: 0 });
});

test('a poll that is over ends it', async () => {
  const { data } = heapOf([[100, false]]);
  const place = { start, end: start + data.length, first: { start, end: start + 16 }, isMain: true };
  assert.equal(await heapUse(memoryOf(data), place, { bytes: 2 ** 20, chunks: 4096 }, { pause: async () => false }), 'late');
});
