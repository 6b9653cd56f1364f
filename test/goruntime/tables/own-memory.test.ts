import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgets } from '../../../src/budgets.ts';
import { chunkListAt, chunksFrom } from '../../../src/goruntime/tables/chunk-list.ts';
import { ownMemory } from '../../../src/goruntime/tables/own-memory.ts';
import { bucketsIn } from '../../../src/goruntime/tables/profile-buckets.ts';
import { exe } from '../../../src/kernel/executable/exe.ts';
import { smaps } from '../../../src/kernel/memory/smaps.ts';
import { type AddressRange, joined, sizesOf } from '../../../src/model/address-range.ts';
import { here, noPid } from '../../kernel/process/processes.ts';
import { type LabName, locateLab, releases, shippedLabs, startLab } from '../../programs.ts';
import { memoryOf } from '../counters/recorded.ts';

const { signal } = new AbortController();
const labNames: readonly LabName[] = [...releases.flatMap((release) => [`${release}-pure`, `${release}-cgo`] as const), ...shippedLabs];
const kib = 1024;
const chunk = 256 * kib;
const table = Math.ceil((179_999 * 8) / 4096) * 4096;

const address = 0x7f0000000000;
const part = { start: address, end: address + 16 * chunk };

/** Memory with words at some offsets. */
function memoryWith(words: Readonly<Record<number, number>>) {
  const data = Buffer.alloc(16 * chunk);
  for (const [at, word] of Object.entries(words)) data.writeBigUInt64LE(BigInt(word), Number(at));
  return memoryOf(data, address);
}

test('links are followed as often as the budget says, however many words of a program begin a list that never ends', () => {
  let reads = 0;
  const memory = memoryWith({ 0: address });
  const counted = {
    ...memory,
    read: (at: number, size: number) => {
      reads += 1;
      return memory.read(at, size);
    },
  };
  const places = Array.from({ length: 4096 }, () => address);
  assert.equal(chunkListAt(counted, places, [], [part]), undefined);
  assert.equal(reads, budgets.chunkLinks.maxEntries);
});

test('a list of chunks ends, and lies in what is in question but for the newest', () => {
  const memory = memoryWith({ 0: address + chunk, [chunk]: address + 4 * chunk });
  const starts = (ranges: readonly AddressRange[] | undefined) => ranges?.map(({ start }) => (start - address) / chunk);
  assert.deepEqual(starts(chunksFrom(memory, address, [part])), [0, 1, 4]);
  const without = (start: number, end: number) => [{ start: address + start * chunk, end: address + end * chunk }];
  assert.deepEqual(starts(chunksFrom(memory, address, without(1, 16))), [0, 1, 4]);
  assert.equal(chunksFrom(memory, address, without(0, 4)), undefined);
  assert.equal(chunksFrom(memory, address, without(5, 16)), undefined);
});

test('a list that leads nowhere, back, or to an odd address is none', () => {
  const whole = [part];
  for (const word of [address + chunk + 8, 1 << 20, address, part.end - 4096]) {
    assert.equal(chunksFrom(memoryWith({ 0: word }), address, whole), undefined);
  }
  assert.equal(chunksFrom(memoryWith({}), 0, whole), undefined);
  assert.equal(chunksFrom(memoryWith({}), Number.NaN, whole), undefined);
});

test("the profiler's table is one where each bucket's hash leads back to its slot", () => {
  const chunks = [{ start: address + 8 * chunk, end: address + 9 * chunk }];
  const bucket = address + 8 * chunk + 64;
  const slot = 4242;
  const words = { [slot * 8]: bucket, [8 * chunk + 64 + 16]: 1, [8 * chunk + 64 + 24]: 179_999 * 77 + slot };
  assert.deepEqual(bucketsIn(memoryWith(words), address, [part], chunks), [{ start: address, end: address + table }]);
  assert.equal(bucketsIn(memoryWith({ ...words, [8 * chunk + 64 + 16]: 4 }), address, [part], chunks), undefined, 'of no kind');
  assert.equal(bucketsIn(memoryWith(words), address, [part], []), undefined, 'a bucket outside of the chunks');
  assert.equal(bucketsIn(memoryWith({ ...words, [slot * 8 + 8]: bucket }), address, [part], chunks), undefined, 'a bucket in two slots');
  assert.equal(bucketsIn(memoryWith({}), address, [part], chunks), undefined, 'an empty table');
  assert.equal(bucketsIn(memoryWith(words), address + 13 * chunk, [part], chunks), undefined, 'no room');
});

for (const name of labNames) {
  test(`the runtime of ${name} tells which memory is its own, beside memory of others`, async (t) => {
    const program = locateLab(name);
    if (!program.ok) return t.skip(program.detail);
    const lab = await startLab(program.value);
    t.after(lab.stop);
    await lab.ask('/grow?mib=8'); // the profiler makes its table for the first sample
    const own = async () => (await fetch(`http://${lab.address}/debug/pprof/heap?debug=1`)).text();
    await own();
    await (await fetch(`http://${lab.address}/leak/mmap?mib=64`)).text();
    await own();
    const [walk, image] = [await smaps.read({ pid: lab.pid, paths: here }, signal), await exe.read({ pid: lab.pid, paths: here }, signal)];
    assert.ok(walk.ok && image.ok);
    const nameless = walk.value.filter(({ path, permissions }) => path === '' && permissions === 'rw-p');
    const parts = joined(nameless.filter(({ start }) => start >= 0x70 * 2 ** 40));
    // anywhere below 2^46 since Go 1.26; what lies low is the program's own bss
    const heap = joined(nameless.filter(({ start }) => start >= 2 ** 33 && start < 2 ** 46));
    const target = { pid: lab.pid, paths: here, mappings: walk.value, exe: image.value, parts, heap };
    const first = await ownMemory.read({ ...target, known: undefined }, signal);
    assert.ok(first.ok, JSON.stringify(first));
    const { ranges, places } = first.value;
    const { scavengingAt, ...always } = places;
    assert.ok(!Object.values(always).includes(undefined), JSON.stringify(places));
    assert.equal(scavengingAt !== undefined, name.startsWith('go1.19'), 'later releases map an island of it');
    assert.ok(ranges.some(({ start, end }) => end - start === table));
    const foreign = nameless.find(({ start, end }) => start >= 0x70 * 2 ** 40 && end - start >= 64 * kib * kib);
    assert.ok(foreign !== undefined);
    const taken = ranges.filter(({ start, end }) => start < foreign.end && foreign.start < end);
    assert.ok(foreign.end - foreign.start - sizesOf(taken) >= 64 * kib * kib, 'whatever the kernel has joined with it');
    const again = await ownMemory.read({ ...target, known: places }, signal);
    assert.deepEqual(again, first);
    const elsewhere = await ownMemory.read({ ...target, heap: [], known: undefined }, signal);
    assert.equal(!elsewhere.ok && elsewhere.reason, 'unsupported');
    const late = await ownMemory.read({ ...target, known: undefined }, AbortSignal.abort());
    assert.equal(!late.ok && late.reason, 'timeout');
  });
}

test('a process that is gone is a gap', async () => {
  const image = { path: '/x', device: undefined, inode: undefined, positionIndependent: false, segments: [] };
  const reading = await ownMemory.read(
    { pid: noPid, paths: here, mappings: [], exe: image, parts: [], heap: [], known: undefined },
    signal,
  );
  assert.equal(!reading.ok && reading.reason, 'gone');
});
