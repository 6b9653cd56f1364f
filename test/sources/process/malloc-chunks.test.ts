import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Mapping } from '../../../src/snapshot.ts';
import { mallocChunks, mappedChunkSize } from '../../../src/sources/process/malloc-chunks.ts';
import { smaps } from '../../../src/sources/process/smaps.ts';
import { type Lab, locateLab, startLab } from '../../programs.ts';
import { asNobody, here, noPid, sleeper } from './processes.ts';

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
  const candidates = walk.value.filter(({ path, permissions, rss }) => path === '' && permissions === 'rw-p' && rss > 0);
  const reading = await mallocChunks.read({ pid: lab.pid, paths: here, candidates }, signal);
  assert.ok(reading.ok, JSON.stringify(reading));
  return { truth, candidates, chunks: reading.value };
}

async function tell({ address }: Lab, leak: string): Promise<{ readonly injected: number }> {
  const answer = await fetch(`http://${address}/leak/${leak}?mib=64`);
  const truth: unknown = await answer.json();
  assert.ok(typeof truth === 'object' && truth !== null && 'injected' in truth && typeof truth.injected === 'number');
  return { injected: truth.injected };
}

test('large blocks of C malloc are recognized to the page, where the kernel has joined them as well', async (t) => {
  for (const name of ['go1.19-cgo', 'go-newest-cgo'] as const) {
    const program = locateLab(name);
    if (!program.ok) return t.skip(program.detail);
    const { truth, chunks, candidates } = await leaking(t, program.value, 'malloc-large');
    const ranges = chunks.ranges ?? [];
    const covered = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    assert.ok(Math.abs(covered - truth.injected) < mib / 4, `${name}: ${covered} of ${truth.injected}`);
    assert.deepEqual(
      ranges.map((extent) => extent.start),
      chunks.mmapped,
    );
    for (const extent of ranges) assert.ok(holds(candidates, extent));
    assert.equal(chunks.mmapped.length + chunks.others.length <= candidates.length, true);
  }
});

function holds(mappings: readonly Mapping[], { start, end }: { readonly start: number; readonly end: number }): boolean {
  return mappings.some((mapping) => mapping.start === start && end > start && end <= mapping.end);
}

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
    assert.deepEqual([chunks.mmapped, chunks.ranges], [[], []], leak);
    assert.ok(chunks.others.length > 0);
  }
});

test('of a mapping whose start is not resident, or not mapped any more, nothing is said', async (t) => {
  const pid = await sleeper(t);
  const reading = await mallocChunks.read({ pid, paths: here, candidates: [{ start: 65_536, end: 131_072 }] }, signal);
  assert.deepEqual(reading, { ok: true, value: { mmapped: [], others: [], ranges: [] } });
});

test('a process that is gone, a right that is missing and a poll that is over are gaps', async (t) => {
  const candidates = [{ start: 65_536, end: 131_072 }];
  const none = await mallocChunks.read({ pid: noPid, paths: here, candidates }, signal);
  assert.ok(!none.ok && none.reason === 'gone');
  const pid = await sleeper(t);
  const walk = await smaps.read({ pid, paths: here }, signal);
  assert.ok(walk.ok);
  const late = await mallocChunks.read({ pid, paths: here, candidates: walk.value }, AbortSignal.abort());
  assert.ok(!late.ok && late.reason === 'timeout');
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const denied = await asNobody(() => mallocChunks.read({ pid, paths: here, candidates }, signal));
  assert.ok(!denied.ok && denied.reason === 'denied');
});
