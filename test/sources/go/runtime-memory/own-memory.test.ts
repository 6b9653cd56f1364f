import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownMemory } from '../../../../src/sources/go/runtime-memory/own-memory.ts';
import { bucketsIn, chunksFrom } from '../../../../src/sources/go/runtime-memory/own-tables.ts';
import { exe } from '../../../../src/sources/process/exe.ts';
import { smaps } from '../../../../src/sources/process/smaps.ts';
import { locateLab, startLab } from '../../../programs.ts';
import { here, noPid } from '../../process/processes.ts';
import { memoryOf } from './recorded.ts';

const { signal } = new AbortController();
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

test('a list of chunks ends in what was mapped when the process started', () => {
  const memory = memoryWith({ 0: address + chunk, [chunk]: address + 4 * chunk });
  const early = [{ start: address + 4 * chunk, end: address + 5 * chunk }];
  const chunks = chunksFrom(memory, address, [part], early);
  assert.deepEqual(
    chunks?.map(({ start }) => start - address),
    [0, chunk, 4 * chunk],
  );
  assert.equal(chunksFrom(memory, address, [part], []), undefined);
});

test('a list that leads nowhere, back, or to an odd address is none', () => {
  const whole = [part];
  for (const word of [address + chunk + 8, 1 << 20, address, part.end - 4096]) {
    assert.equal(chunksFrom(memoryWith({ 0: word }), address, whole, whole), undefined);
  }
  assert.equal(chunksFrom(memoryWith({}), 0, whole, whole), undefined);
  assert.equal(chunksFrom(memoryWith({}), Number.NaN, whole, whole), undefined);
});

test("the profiler's table is one where each bucket's hash leads back to its slot", () => {
  const chunks = [{ start: address + 8 * chunk, end: address + 9 * chunk }];
  const bucket = address + 8 * chunk + 64;
  const slot = 4242;
  const words = { [slot * 8]: bucket, [8 * chunk + 64 + 24]: 179_999 * 77 + slot };
  assert.deepEqual(bucketsIn(memoryWith(words), address, [part], chunks), { start: address, end: address + table });
  assert.equal(bucketsIn(memoryWith(words), address, [part], []), undefined, 'a bucket outside of the chunks');
  assert.equal(bucketsIn(memoryWith({ ...words, [slot * 8 + 8]: bucket }), address, [part], chunks), undefined, 'a bucket in two slots');
  assert.equal(bucketsIn(memoryWith({}), address, [part], chunks), undefined, 'an empty table');
  assert.equal(bucketsIn(memoryWith(words), address + 13 * chunk, [part], chunks), undefined, 'no room');
});

test('in real programs the runtime tells which memory is its own, beside memory of others', async (t) => {
  for (const name of ['go1.19-pure', 'go-newest-cgo'] as const) {
    const program = locateLab(name);
    if (!program.ok) return t.skip(program.detail);
    const lab = await startLab(program.value);
    t.after(lab.stop);
    const own = async () => (await fetch(`http://${lab.address}/debug/pprof/heap?debug=1`)).text();
    await own();
    await (await fetch(`http://${lab.address}/leak/mmap?mib=64`)).text();
    await own();
    const [walk, image] = [await smaps.read({ pid: lab.pid, paths: here }, signal), exe.read({ pid: lab.pid, paths: here })];
    assert.ok(walk.ok && image.ok);
    const parts = walk.value.filter(({ start, path, permissions }) => start >= 0x70 * 2 ** 40 && path === '' && permissions === 'rw-p');
    const islands = walk.value.filter(({ permissions, start, end }) => permissions === '---p' && end - start > 256 * kib);
    const above = islands.at(-1)?.end ?? 0;
    const target = { pid: lab.pid, paths: here, mappings: walk.value, exe: image.value, parts };
    const early = parts.filter(({ start }) => start >= above);
    const first = await ownMemory.read({ ...target, early, known: undefined }, signal);
    assert.ok(first.ok, JSON.stringify(first));
    const { ranges, places } = first.value;
    assert.ok(ranges.length >= 3 && ranges.some(({ start, end }) => end - start === table), JSON.stringify(ranges));
    const foreign = parts.find(({ start, end }) => end - start >= 64 * kib * kib);
    assert.ok(foreign !== undefined && !ranges.some(({ start, end }) => start < foreign.end && foreign.start < end));
    const again = await ownMemory.read({ ...target, early, known: places }, signal);
    assert.deepEqual(again, first);
    const none = await ownMemory.read({ ...target, early: [], known: undefined }, signal);
    assert.equal(!none.ok && none.reason, 'unsupported');
  }
});

test('a process that is gone is a gap', async () => {
  const image = { path: '/x', device: undefined, inode: undefined, positionIndependent: false, segments: [] };
  const reading = await ownMemory.read(
    { pid: noPid, paths: here, mappings: [], exe: image, parts: [], early: [], known: undefined },
    signal,
  );
  assert.equal(!reading.ok && reading.reason, 'gone');
});
