import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { boundsOf, canHoldArenas } from '../../../src/goruntime/counters/arena-sums.ts';
import { dataRanges } from '../../../src/goruntime/counters/data-ranges.ts';
import { exe } from '../../../src/kernel/executable/exe.ts';
import { smaps } from '../../../src/kernel/memory/smaps.ts';
import { here, startNamed } from '../../kernel/process/processes.ts';
import { mapping } from './recorded.ts';

const { signal } = new AbortController();
const mib = 1024 * 1024;

/** As Go's linker lays a static program out: text, data with a bss behind it. */
const image = {
  path: '/opt/operator',
  device: 'fe:00',
  inode: 7,
  positionIndependent: false,
  segments: [
    { address: 0x400000, fileSize: 0x2000, memorySize: 0x2000, writable: false },
    { address: 0x403010, fileSize: 0x1000, memorySize: 0x4800, writable: true },
  ],
};
const file = { path: '/opt/operator', device: 'fe:00', inode: 7 };

function laidOut(bias: number, file: { path: string; device: string; inode: number }) {
  return [
    mapping({ start: bias + 0x400000, end: bias + 0x402000, permissions: 'r-xp', ...file }),
    mapping({ start: bias + 0x403000, end: bias + 0x405000, permissions: 'rw-p', ...file }),
    mapping({ start: bias + 0x405000, end: bias + 0x408000, permissions: 'rw-p' }),
    mapping({ start: bias + 0x408000, end: bias + 0x429000, permissions: 'rw-p', path: '[heap]' }),
    mapping({ start: bias + 0x500000, end: bias + 0x600000, permissions: 'rw-p', path: '/lib/libc.so.6', inode: 9 }),
  ];
}

test("the program's data and bss, to the byte, moved by the load bias, and nothing of the brk heap and of libraries", () => {
  for (const bias of [0, 0x5555_5555_4000]) {
    assert.deepEqual(dataRanges(laidOut(bias, file), image), [
      { start: bias + 0x403010, end: bias + 0x405000 },
      { start: bias + 0x405000, end: bias + 0x407810 },
    ]);
  }
});

test('a program that was removed, or goes by another name here, is known by its mark or its inode', () => {
  assert.equal(dataRanges(laidOut(0, { ...file, path: '/opt/operator (deleted)' }), { ...image, inode: 8 }).length, 2);
  assert.equal(dataRanges(laidOut(0, { ...file, path: '/other/root/operator' }), image).length, 2);
  assert.deepEqual(dataRanges(laidOut(0, { ...file, path: '/opt/other', inode: 8 }), image), []);
  assert.deepEqual(dataRanges([], image), []);
});

test('what is not private and writable is left out, and so is other memory between', () => {
  const [text, data, bss] = laidOut(0, file);
  assert.ok(text !== undefined && data !== undefined && bss !== undefined);
  const sealed = { ...data, permissions: 'r--p' }; // RELRO
  assert.deepEqual(dataRanges([text, sealed, { ...bss, permissions: 'rw-s' }], image), []);
  assert.deepEqual(dataRanges([text, sealed, { ...bss, path: '/memfd:x', inode: 5 }], image), []);
});

test('a real program that is position independent and was removed: all its writable mappings', async (t) => {
  const { pid, path } = await startNamed(t, 'sleeper');
  rmSync(path);
  const [program, walk] = [await exe.read({ pid, paths: here }, signal), await smaps.read({ pid, paths: here }, signal)];
  assert.ok(program.ok && walk.ok);
  if (!program.value.positionIndependent) return t.skip('sleep is not position independent here');
  const ranges = dataRanges(walk.value, program.value);
  const writable = walk.value.filter((one) => one.path.startsWith(path) && one.permissions === 'rw-p');
  assert.ok(writable.length > 0);
  for (const { start, end } of writable) assert.ok(ranges.some((range) => range.start < end && range.end > start));
  for (const range of ranges) assert.ok(range.start < range.end);
});

test('arenas may be any of the aligned runs of writable anonymous memory, and none of what is not aligned', () => {
  const base = 0xc000000000;
  const mappings = [
    mapping({ start: base, end: base + 8 * mib, permissions: 'rw-p' }),
    mapping({ start: base + 8 * mib, end: base + 12 * mib, permissions: 'rw-p', path: '[anon: Go: heap]' }), // cut by a flag
    mapping({ start: base + 12 * mib, end: base + 64 * mib, permissions: '---p' }),
    mapping({ start: 0x7fc000000000, end: 0x7fc000000000 + 64 * mib, permissions: 'rw-p' }),
    mapping({ start: 0x7fd000001000, end: 0x7fd000001000 + 4 * mib, permissions: 'rw-p' }),
    mapping({ start: 0x7fe000000000, end: 0x7fe000000000 + 4 * mib, permissions: 'rw-s', path: '/dev/zero', inode: 3 }),
  ];
  for (const size of [12, 64, 76]) assert.ok(canHoldArenas(mappings, size * mib), `${size} MiB`);
  for (const size of [0, 4, 8, 16, 68, 80]) assert.ok(!canHoldArenas(mappings, size * mib), `${size} MiB`);
  assert.equal(boundsOf(mappings).anonymous, (12 + 52 + 64 + 4) * mib);
});

test('with many aligned runs their sums prove nothing', () => {
  const many = Array.from({ length: 40 }, (_, index) => {
    const start = 0x7f0000000000 + index * 64 * mib;
    return mapping({ start, end: start + 4 * mib, permissions: 'rw-p' });
  });
  assert.ok(!canHoldArenas(many, 8 * mib));
});
