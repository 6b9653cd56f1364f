import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { deviceOf, exe, parseExe, pathInMaps } from '../../../src/kernel/executable/exe.ts';
import { smaps } from '../../../src/kernel/memory/smaps.ts';
import { readerOf, tinyElf } from '../../goruntime/build-info/tiny-elf.ts';
import { locateLab, startLab } from '../../programs.ts';
import { asNobodyLater, here, noPid, startNamed } from '../process/processes.ts';

const { signal } = new AbortController();
const place = { path: '/opt/x', device: 'fe:00', inode: 7 };
const tiny = tinyElf({ version: 'go1.22', modules: 'path\tx\n', inline: true, sections: false });

test("this process's executable has the path, device and inode of its mappings, and segments that they cover", async () => {
  const image = await exe.read({ pid: process.pid, paths: here }, signal);
  const walk = await smaps.read({ pid: process.pid, paths: here }, signal);
  assert.ok(image.ok && walk.ok, JSON.stringify(image));
  const own = walk.value.filter(({ path }) => path === image.value.path);
  const [first] = own;
  assert.ok(first !== undefined);
  assert.deepEqual([first.device, first.inode], [image.value.device, image.value.inode]);
  const bias = image.value.positionIndependent ? first.start : 0;
  for (const { address, fileSize, writable } of image.value.segments) {
    const holder = own.find(({ start, end }) => start <= address + bias && address + bias < end);
    assert.ok(holder !== undefined && fileSize > 0, String(address));
    if (writable) assert.ok(own.some(({ permissions }) => permissions.startsWith('rw')));
  }
});

test('a static Go program has a bss behind its last segment, and it is not position independent', async (t) => {
  const program = locateLab('go1.19-pure');
  if (!program.ok) return t.skip(program.detail);
  const lab = await startLab(program.value);
  t.after(lab.stop);
  const image = await exe.read({ pid: lab.pid, paths: here }, signal);
  assert.ok(image.ok, JSON.stringify(image));
  assert.equal(image.value.positionIndependent, false);
  assert.equal(image.value.segments[0]?.address, 0x400000);
  const last = image.value.segments.at(-1);
  assert.ok(last?.writable === true && last.memorySize > last.fileSize);
  const walk = await smaps.read({ pid: lab.pid, paths: here }, signal);
  assert.ok(walk.ok);
  const end = Math.ceil((last.address + last.memorySize) / 4096) * 4096;
  assert.ok(
    walk.value.some((mapping) => mapping.end === end && mapping.path === ''),
    'a mapping ends where the bss does',
  );
});

test('an executable that was removed is still read, under the name that it had', async (t) => {
  const { pid, path } = await startNamed(t, 'line\nbreak');
  rmSync(path);
  const image = await exe.read({ pid, paths: here }, signal);
  const walk = await smaps.read({ pid, paths: here }, signal);
  assert.ok(image.ok && walk.ok, JSON.stringify(image));
  assert.equal(image.value.path, path.replace('\n', '\\012'));
  assert.equal(walk.value[0]?.path, `${image.value.path} (deleted)`);
});

test('segments come by address, and those that no kernel would load not at all', () => {
  const image = parseExe(readerOf(tiny), place);
  assert.ok(image.ok);
  assert.deepEqual(image.value, { ...place, positionIndependent: false, segments: [] }); // its memory size is 0, below its file size
  const whole = Buffer.from(tiny);
  whole.writeBigUInt64LE(0x9000n, 64 + 40);
  whole.writeUInt16LE(3, 16);
  const sound = parseExe(readerOf(whole), place);
  assert.ok(sound.ok);
  assert.equal(sound.value.positionIndependent, true);
  assert.deepEqual(sound.value.segments, [
    { address: 0x400200, fileSize: Number(whole.readBigUInt64LE(96)), memorySize: 0x9000, writable: true },
  ]);
});

test('a file of any bytes gives a reading, and no size in it is believed', () => {
  const change = fc.record({ at: fc.nat(tiny.length - 1), byte: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), fc.nat(tiny.length), (changes, length) => {
      const file = Buffer.from(tiny);
      for (const { at, byte } of changes) file[at] = byte;
      const image = parseExe(readerOf(file.subarray(0, length), 128 * 1024), place);
      if (!image.ok) return;
      for (const { address, memorySize, fileSize } of image.value.segments) {
        assert.ok(Number.isSafeInteger(address + memorySize) && fileSize <= memorySize);
      }
    }),
  );
  assert.equal(parseExe(readerOf(Buffer.from('#!/bin/sh\n')), place).ok, false);
});

test('a path is spelled as maps spells it, a device too', () => {
  assert.equal(pathInMaps('/a b (deleted)'), '/a b');
  assert.equal(pathInMaps('/a\nb\\012'), '/a\\012b\\012');
  assert.equal(deviceOf(0xfe00n), 'fe:00');
  assert.equal(deviceOf(0x2en), '00:2e');
  assert.equal(deviceOf((0x1n << 20n) | 0x803n), '08:103');
});

test('a process that has exited is gone, one of another user denied', async (t) => {
  const gone = await exe.read({ pid: noPid, paths: here }, signal);
  assert.equal(!gone.ok && gone.reason, 'gone');
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const { pid } = await startNamed(t, 'other');
  const denied = await asNobodyLater(() => exe.read({ pid, paths: here }, signal));
  assert.equal(!denied.ok && denied.reason, 'denied');
});
