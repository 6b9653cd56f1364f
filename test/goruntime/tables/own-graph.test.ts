import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tablesFrom } from '../../../src/goruntime/tables/own-graph.ts';
import { runs } from '../../runs.ts';
import { at, data, descriptor, entry, foreign, heap, type MadeMemory, madeRuntime, pagesAt, parts, ranges } from './made-runtime.ts';

const mib = 1024 * 1024;
const places = [...Object.values(data), pagesAt];
const slices = { pause: async () => true };

type Name = keyof typeof ranges;

async function told(memory: MadeMemory, more: readonly number[] = []): Promise<readonly string[] | undefined> {
  const tables = await tablesFrom(memory, { parts, heap: [heap] }, () => [...places, ...more], slices);
  const names = Object.entries(ranges);
  return tables?.ranges
    .map(({ start, end }) => names.find(([, range]) => range.start === start && range.end === end)?.[0] ?? `${start} to ${end}`)
    .sort();
}

const allBut = (...names: readonly Name[]) =>
  Object.keys(ranges)
    .filter((name) => !names.some((each) => each === name))
    .sort();

test('tables that say the same of the heap are the runtime', async () => {
  assert.deepEqual(await told(madeRuntime()), allBut());
});

test('places that are known lead to the same', async () => {
  const memory = madeRuntime();
  const first = await tablesFrom(memory, { parts, heap: [heap] }, () => places, slices);
  assert.ok(first);
  const again = await tablesFrom(
    memory,
    { parts, heap: [heap] },
    (name) => [first.places[name]].filter((place) => place !== undefined),
    slices,
  );
  assert.deepEqual(again, first);
});

test('a heap without free pages has a summary of zero', async () => {
  const memory = madeRuntime();
  memory.write(at.summaries, Buffer.alloc(128 * 1024));
  assert.deepEqual(await told(memory), allBut());
});

test('nothing is said when the poll is over', async () => {
  assert.equal(await tablesFrom(madeRuntime(), { parts, heap: [heap] }, () => places, { pause: async () => false }), undefined);
});

/** What one of the checks refuses, though all others hold. */
const broken: ReadonlyArray<readonly [string, (memory: MadeMemory) => void, readonly Name[] | 'all']> = [
  ['an index that leads nowhere', (memory) => memory.word(entry, at.table + 4096), 'all'],
  ['spans that begin elsewhere than they are listed', (memory) => shift(memory, 24), 'all'],
  ['a list of chunks that the spans do not lie in', (memory) => memory.word(data.chunks, at.older), 'all'],
  ['a list of chunks that has no end', (memory) => memory.word(at.older, at.chunk), 'all'],
  ['an older chunk that is not in question', (memory) => memory.word(at.older, 0x7d0000000000), 'all'],
  ['bits beyond what is taken', (memory) => memory.word(at.bits, 8), ['bits']],
  ['bits of which more is taken than there is', (memory) => memory.word(at.bits, mib), ['bits']],
  ['a list of bits that leads back', (memory) => memory.word(at.bits + 8, at.bits), ['bits']],
  ['a list of bits of the last collection where there was none', (memory) => memory.word(data.bits + 16, foreign.start), ['bits']],
  ['bits that are free and used', (memory) => memory.word(data.bits - 8, at.bits), ['bits']],
  ['a list of spans with another address in it', (memory) => memory.word(at.all + 80, foreign.start), ['all']],
  ['a list of spans longer than its room', (memory) => memory.word(data.all + 8, 8193), ['all']],
  ['a list of spans with less room than at first', (memory) => memory.word(data.all + 16, 4096), ['all']],
  ['spans that are not taken', (memory) => memory.write(pageBits(), Buffer.alloc(64)), ['pages']],
  ['spans that were given back', (memory) => memory.write(pageBits() + 64, Buffer.alloc(64, 255)), ['pages']],
  ['a table of pages where other words stand', (memory) => memory.word(pagesAt + 16, 77), ['pages']],
  ['summaries of memory that is no heap', (memory) => memory.word(at.summaries, 1), ['summaries']],
  ['summaries of another number', (memory) => memory.word(data.summaries + 3 * 24 + 16, 2 ** 22), ['summaries']],
  ['bits of memory that is no heap to give back', (memory) => memory.word(at.scavenging, 1), ['scavenging']],
  ['an index of what can be given back of another size', (memory) => memory.word(data.scavenging + 8, mib), ['scavenging']],
];

for (const [name, change, lost] of broken) {
  test(`not believed: ${name}`, async () => {
    const memory = madeRuntime();
    change(memory);
    assert.deepEqual(await told(memory), lost === 'all' ? undefined : allBut(...lost));
  });
}

function pageBits(): number {
  return at.pages + (Math.floor(heap.start / (4 * mib)) % 8192) * 128;
}

function shift(memory: MadeMemory, spans: number): void {
  for (let index = 0; index < spans; index += 1) memory.word(descriptor(index) + 24, heap.start + (index + 1) * 8192);
}

test('chunks and bits that were mapped since the walk prove what they should, and are not told', async () => {
  const memory = madeRuntime();
  const newer = 0x7d0000000000;
  memory.word(newer, at.chunk);
  memory.word(data.chunks, newer);
  memory.word(newer + 2 * mib, 8);
  memory.word(newer + 2 * mib + 8, at.bits);
  memory.word(descriptor(0) + 72, newer + 2 * mib + 16);
  memory.word(data.bits, newer + 2 * mib);
  assert.deepEqual(await told(memory, []), allBut());
});

test("somebody else's copy of a table is not the runtime's, whatever of it is found by the program's data", async () => {
  const copies: ReadonlyArray<readonly [number, number]> = [
    [at.table, 68 * 1024],
    [at.chunk, 512 * 1024],
    [at.all, 64 * 1024],
  ];
  for (const [from, size] of copies) {
    const memory = madeRuntime();
    memory.copy(from, foreign.start, size);
    memory.word(0x600800, foreign.start);
    memory.word(0x600808, 24);
    memory.word(0x600810, 4096);
    assert.deepEqual(await told(memory, [0x600800]), allBut());
  }
});

test('of lists of chunks that end alike the longer one is not believed, of others none', async () => {
  const memory = madeRuntime();
  memory.word(0x600800, foreign.start);
  memory.word(foreign.start, at.chunk);
  assert.deepEqual(await told(memory, [0x600800]), allBut());
  memory.word(foreign.start, at.chunk + 4096);
  assert.equal(await told(memory, [0x600800]), undefined);
});

test('the chunk that is being taken from begins a list that is too short', async () => {
  const memory = madeRuntime();
  memory.word(foreign.start + 8 * mib, at.chunk);
  memory.word(data.chunks, foreign.start + 8 * mib); // as if that were the newest chunk
  memory.word(0x600800, at.chunk);
  memory.word(0x600808, 4096);
  assert.ok((await told(memory, [0x600800]))?.includes(`${foreign.start + 8 * mib} to ${foreign.start + 8 * mib + 256 * 1024}`));
});

test("memory of others that is full of the runtime's addresses is not the runtime's", async () => {
  const address = fc.oneof(
    fc.constantFrom(0, 1, 24, 8192, 2 ** 14, 2 ** 26, ...Object.values(at), ...places, entry, heap.start),
    fc.nat(23).map(descriptor),
    fc.nat(200).map((page) => foreign.start + page * 4096),
  );
  const word = fc.record({ at: fc.nat(4 * 512 - 1), value: address });
  const property = fc.asyncProperty(fc.array(word, { maxLength: 200 }), fc.array(address, { maxLength: 12 }), async (words, found) => {
    const memory = madeRuntime();
    for (const { at: index, value } of words) memory.word(foreign.start + index * 8, value);
    const more = found.map((value, index) => {
      memory.word(0x600800 + index * 8, value);
      return 0x600800 + index * 8;
    });
    const tables = await tablesFrom(memory, { parts, heap: [heap] }, () => [...places, ...more], slices);
    for (const { start, end } of tables?.ranges ?? []) assert.ok(end <= foreign.start || start >= foreign.end);
  });
  await fc.assert(property, { numRuns: runs(1000) });
});
