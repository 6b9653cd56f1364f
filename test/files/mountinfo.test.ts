import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { budgets } from '../../src/budgets.ts';
import { type Mount, parseMountTable, readMountTable, unescapeMount } from '../../src/files/mountinfo.ts';
import { folder, here, noPid } from '../kernel/process/processes.ts';

const root: Mount = { id: 36, device: '8:1', root: '/', mountPoint: '/', type: 'ext4', options: 'rw' };

test('what a mount is, whatever its paths are called (made-up text)', () => {
  const text = [
    '22 27 0:21 / /proc rw,relatime - proc proc rw',
    '36 31 8:1 / / rw - ext4 /dev/sda1 rw',
    '40 36 0:50 / /mnt/a\\040-\\040b rw shared:1 master:2 - fuse.sshfs evil:/ rw,user_id=0',
    '41 36 0:51 / - rw - fuseblk /dev/sdb1 rw',
    '42 36 0:52 /\\011 /x\\134y rw unbindable - overlay - rw,lowerdir=/a\\040b:/c',
    '43 36 0:53 / /z rw - tmpfs  rw', // a source that is empty: mount(2) takes one
    '',
  ].join('\n');
  assert.deepEqual(
    [...parseMountTable(text).values()],
    [
      { id: 22, device: '0:21', root: '/', mountPoint: '/proc', type: 'proc', options: 'rw' },
      root,
      { id: 40, device: '0:50', root: '/', mountPoint: '/mnt/a - b', type: 'fuse.sshfs', options: 'rw,user_id=0' },
      { id: 41, device: '0:51', root: '/', mountPoint: '-', type: 'fuseblk', options: 'rw' },
      { id: 42, device: '0:52', root: '/\t', mountPoint: '/x\\y', type: 'overlay', options: 'rw,lowerdir=/a\\040b:/c' },
      { id: 43, device: '0:53', root: '/', mountPoint: '/z', type: 'tmpfs', options: 'rw' },
    ],
  );
});

for (const line of [
  'nonsense',
  '42 36',
  '42 36 0:52 / /x rw shared:1',
  '42 36 0:52 / /x rw shared:1 -',
  '42 36 0:52 / - - ext4', // a hyphen that is a mount point, and one that is options
  '-1 36 0:52 / /x rw - ext4 x rw',
  'x 36 0:52 / /x rw - ext4 x rw',
  '42 36 052 / /x rw - ext4 x rw',
  '42 36 0:52: / /x rw - ext4 x rw',
  ' 42 36 0:52 / /x rw - ext4 x rw',
  '99999999999 36 0:52 / /x rw - ext4 x rw',
]) {
  test(`no mount is made of "${line}", and those around it are told`, () => {
    const others = [...parseMountTable(`${line}\n36 31 8:1 / / rw - ext4 /dev/sda1 rw\n${line}\n`).values()];
    assert.deepEqual(others, [root]);
  });
}

/** As the kernel writes it: mangle() of fs/proc_namespace.c. */
function escaped(text: string): string {
  return text.replaceAll(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

const name = fc.string({ unit: fc.constantFrom('a', '/', '-', ' ', '\n', '\t', '\\', '0', '4', '#', ':'), minLength: 1, maxLength: 12 });
const lines = fc.uniqueArray(
  fc.record({ id: fc.nat(9_999_999), device: fc.nat(255), mountPoint: name, tags: fc.subarray(['shared:1', 'master:2', 'unbindable']) }),
  { selector: ({ id }) => id, maxLength: 6 },
);

test('a table that is cut off anywhere has the mounts whose lines are whole, each with the path that it has', () => {
  fc.assert(
    fc.property(lines, fc.nat(), (made, at) => {
      const written = made.map(({ id, device, mountPoint, tags }) =>
        [id, 1, `0:${device}`, '/', escaped(mountPoint), 'rw', ...tags, '-', 'ext4', 'none', 'rw\n'].join(' '),
      );
      const text = written.join('').slice(0, at % (written.join('').length + 1));
      const whole = text.split('\n').length - 1;
      const expected = made.slice(0, whole).map(({ id, device, mountPoint }) => [id, `0:${device}`, mountPoint]);
      assert.deepEqual(
        [...parseMountTable(text).values()].map(({ id, device, mountPoint }) => [id, device, mountPoint]),
        expected,
      );
    }),
  );
});

test('any text gives mounts with an id and a device, or none', () => {
  const unit = fc.constantFrom(' ', '\n', '-', ' - ', '0', '1:2', '/', '\\', '\\040', 'x', '\u{10ffff}');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      for (const [key, { id, device, type }] of parseMountTable(text)) {
        assert.equal(key, id);
        assert.ok(Number.isSafeInteger(id) && /^\d+:\d+$/.test(device) && type !== '');
      }
    }),
  );
});

test("only three octal digits are the kernel's escape, and nothing is unescaped twice", () => {
  assert.equal(unescapeMount('a\\040b\\134040\\'), 'a b\\040\\');
  assert.equal(unescapeMount('\\04 \\4000 \\089'), '\\04 \u01000 \\089'); // no kernel writes the second
});

test('the real table of a process has the mounts that its lines tell', () => {
  const table = readMountTable(here.procfs, process.pid);
  const text = readFileSync(`/proc/${process.pid}/mountinfo`, 'latin1');
  assert.ok(table.size > 0);
  assert.deepEqual(
    [...table.keys()],
    text.split('\n').flatMap((line) => (line === '' ? [] : [Number.parseInt(line, 10)])),
  );
  assert.deepEqual(readMountTable(here.procfs, 'self'), table);
});

test('a process that is gone has no mounts, nor has one whose table is a link; a long table is cut', (t) => {
  assert.equal(readMountTable(here.procfs, noPid).size, 0);
  const procfs = folder(t);
  for (const pid of ['1', '2']) mkdirSync(join(procfs, pid));
  const line = '36 31 8:1 / / rw - ext4 /dev/sda1 rw\n';
  writeFileSync(
    join(procfs, '1/mountinfo'),
    `${line}${'#'.repeat(budgets.mountinfo.maxBytes - 2 * line.length - 1)}\n${line.replace('36', '37')}38${line.slice(2)}`,
  );
  symlinkSync('../1/mountinfo', join(procfs, '2/mountinfo'));
  assert.deepEqual([...readMountTable(procfs, 1).keys()], [36, 37]);
  assert.equal(readMountTable(procfs, 2).size, 0);
});
