import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mallocChunks } from '../../../src/kernel/memory/malloc-chunks.ts';
import { isHeapInfo, mappedChunkSize } from '../../../src/kernel/memory/malloc-headers.ts';
import { smaps } from '../../../src/kernel/memory/smaps.ts';
import type { Mapping } from '../../../src/model/mapping.ts';
import { type Lab, locateLab, startLab } from '../../programs.ts';
import { asNobody, here, noPid, sleeper } from '../process/processes.ts';

const { signal } = new AbortController();
const mib = 1024 * 1024;

function header(before: bigint, size: bigint): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(before, 0);
  bytes.writeBigUInt64LE(size, 8);
  return bytes;
}

test('a mapped chunk has nothing before it, the one flag, whole pages, and room', () => {
  assert.equal(mappedChunkSize(header(0n, 0x21002n), mib), 0x21000);
  assert.equal(mappedChunkSize(header(0n, 0x100002n), mib), mib);
  for (const [name, bytes] of Object.entries({
    'something before': header(8n, 0x21002n),
    'no flag': header(0n, 0x21000n),
    'in use': header(0n, 0x21003n),
    'of an arena': header(0n, 0x21006n),
    'no whole pages': header(0n, 0x21012n),
    'longer than the mapping': header(0n, 0x101002n),
    'the flag alone': header(0n, 2n),
    'all zeros': header(0n, 0n),
    'past 2^53': header(0n, 2n ** 63n + 0x21002n),
    short: header(0n, 0x21002n).subarray(0, 15),
  })) {
    assert.equal(mappedChunkSize(bytes, mib), undefined, name);
  }
});

test('any 16 bytes are a size that fits, or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 20 }), fc.nat(), (bytes, room) => {
      const size = mappedChunkSize(bytes, room);
      assert.ok(size === undefined || (size > 0 && size <= room && size % 4096 === 0));
    }),
  );
});

/** A lab with 64 MiB of a leak, and its writable anonymous mappings. */
async function leaking(t: { after(done: () => Promise<void>): void }, program: string, leak: string) {
  const lab = await startLab(program);
  t.after(lab.stop);
  const truth = await tell(lab, leak);
  const walk = await smaps.read({ pid: lab.pid, paths: here }, signal);
  assert.ok(walk.ok);
  const writable = walk.value.filter(({ path, permissions, rss }) => path === '' && permissions === 'rw-p' && rss > 0);
  const isReserve = ({ flags }: Mapping) => flags.includes('nr');
  const parts = writable.filter((mapping) => !isReserve(mapping));
  const arenas = writable.filter(isReserve);
  const reading = await mallocChunks.read({ pid: lab.pid, paths: here, parts, arenas }, signal);
  assert.ok(reading.ok, JSON.stringify(reading));
  return { truth, parts, arenas, chunks: reading.value };
}

async function tell({ address }: Lab, leak: string): Promise<{ readonly injected: number }> {
  const answer = await fetch(`http://${address}/leak/${leak}?mib=64`);
  const truth: unknown = await answer.json();
  assert.ok(typeof truth === 'object' && truth !== null && 'injected' in truth && typeof truth.injected === 'number');
  return { injected: truth.injected };
}

test('large blocks of C malloc are recognized to the page, where the kernel has joined them with others as well', async (t) => {
  for (const name of ['go1.19-cgo', 'go-newest-cgo'] as const) {
    const program = locateLab(name);
    if (!program.ok) return t.skip(program.detail);
    const { truth, chunks, parts } = await leaking(t, program.value, 'malloc-large');
    const covered = chunks.ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    assert.ok(covered >= truth.injected && covered - truth.injected < mib / 4, `${name}: ${covered} of ${truth.injected}`);
    for (const { start, end } of chunks.ranges) {
      assert.ok(parts.some((part) => part.start <= start && end > start && end <= part.end));
    }
  }
});

test('raw mmap, the heap, stacks and small blocks are none', async (t) => {
  for (const [name, leak] of [
    ['go-newest-pure', 'mmap'],
    ['go-newest-pure', 'mmap-many'],
    ['go-newest-cgo', 'malloc-small'],
    ['go-newest-cgo', 'pthreads'],
  ] as const) {
    const program = locateLab(name);
    if (!program.ok) return t.skip(program.detail);
    const { chunks } = await leaking(t, program.value, leak);
    assert.deepEqual(chunks.ranges, [], leak);
  }
});

test("heaps of threads' arenas say so at their start, full ones too", async (t) => {
  const program = locateLab('go-newest-cgo');
  if (!program.ok) return t.skip(program.detail);
  const { chunks, arenas } = await leaking(t, program.value, 'malloc-small');
  const starts = arenas.flatMap(({ start, end }) => {
    const blocks: number[] = [];
    for (let at = Math.ceil(start / (64 * mib)) * 64 * mib; at < end; at += 64 * mib) blocks.push(at);
    return blocks;
  });
  assert.ok(starts.length > 2);
  assert.deepEqual([chunks.heaps, chunks.others], [starts, []]);
});

test('a heap_info names its arena, the heap before, and how much is in use', () => {
  const at = 3 * 64 * mib;
  const info = (...words: number[]) => Buffer.from(new BigUint64Array(words.map(BigInt)).buffer);
  assert.ok(isHeapInfo(info(at + 48, 0, 132 * 1024, 132 * 1024), at)); // the first one of its arena
  assert.ok(isHeapInfo(info(at - 64 * mib + 32, at - 64 * mib, 64 * mib, 64 * mib), at)); // a later one, full
  for (const [name, words] of Object.entries({
    'all zeros': [0, 0, 0, 0],
    'an arena in the middle of nowhere': [at + 4096, 0, 4096, 4096],
    'the arena of another block, and none before': [at - 64 * mib + 48, 0, 4096, 4096],
    'its own arena, and one before': [at + 48, at - 64 * mib, 4096, 4096],
    'itself before itself': [at - 64 * mib + 48, at, 4096, 4096],
    'more in use than usable': [at + 48, 0, 8192, 4096],
    'more than a block': [at + 48, 0, 65 * mib, 65 * mib],
    'no whole pages': [at + 48, 0, 5000, 8192],
  })) {
    assert.equal(isHeapInfo(info(...words), at), false, name);
  }
  assert.equal(isHeapInfo(Buffer.alloc(31), at), false);
});

test('of a mapping whose start is not resident, or not mapped any more, nothing is said', async (t) => {
  const pid = await sleeper(t);
  const nowhere = [{ start: 65_536, end: 131_072 }];
  const reading = await mallocChunks.read({ pid, paths: here, parts: nowhere, arenas: [{ start: 64 * mib, end: 128 * mib }] }, signal);
  assert.deepEqual(reading, { ok: true, value: { ranges: [], heaps: [], others: [] } });
});

test('a process that is gone, a right that is missing and a poll that is over are gaps', async (t) => {
  const asked = { paths: here, parts: [{ start: 65_536, end: 131_072 }], arenas: [] };
  const none = await mallocChunks.read({ ...asked, pid: noPid }, signal);
  assert.ok(!none.ok && none.reason === 'gone');
  const pid = await sleeper(t);
  const walk = await smaps.read({ pid, paths: here }, signal);
  assert.ok(walk.ok);
  const late = await mallocChunks.read({ ...asked, pid, parts: walk.value }, AbortSignal.abort());
  assert.ok(!late.ok && late.reason === 'timeout');
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const denied = await asNobody(() => mallocChunks.read({ ...asked, pid }, signal));
  assert.ok(!denied.ok && denied.reason === 'denied');
});
