import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RssBook, rssBook } from '../../../../src/books/owners/book.ts';
import type { Mapping } from '../../../../src/model/mapping.ts';
import { bytes } from '../../../../src/model/units.ts';
import { evidenceWith, mappingWith } from '../evidence.ts';

const mib = 1024 ** 2;
const size = (count: number) => bytes(count * mib);
let next = 0x7f0000000000;

/** A mapping of a file, 64 MiB of it, all resident and clean unless the test says otherwise. */
function fileOf(path: string, known: Partial<Mapping> = {}): Mapping {
  const start = next;
  next += 65 * mib;
  const clean = { rss: size(64), pss: size(64), anonymous: size(0), dirty: size(0) };
  return mappingWith({ start, end: start + 64 * mib, path, inode: 9, device: 'fe:00', permissions: 'rw-s', ...clean, ...known });
}

function bookOf(...mappings: readonly Mapping[]): RssBook {
  const book = rssBook(evidenceWith(mappings));
  assert.ok(book.ok, JSON.stringify(book));
  return book.value;
}

/** The components that are not 0, in MiB. */
function parts({ components }: RssBook): Record<string, number> {
  return Object.fromEntries(Object.entries(components).flatMap(([name, part]) => (part === 0 ? [] : [[name, part / mib]])));
}

test('what was written to of a private mapping is no file any more, be it a file, a memfd or on tmpfs', () => {
  const written = { permissions: 'rw-p', anonymous: size(48), dirty: size(48) };
  for (const [path, owner] of [
    ['/var/data', 'mapped_files'],
    ['/memfd:x (deleted)', 'shmem'],
    ['/dev/shm/x', 'shmem'],
  ] as const) {
    const book = bookOf(fileOf(path, written));
    assert.deepEqual(parts(book), { [owner]: 16, file_cow: 48 }, path);
    assert.deepEqual(book.named.copies, [{ path, rss: size(48) }]);
    assert.equal(book.unattributed, 0);
  }
});

test('data of libraries stays theirs', () => {
  const book = bookOf(fileOf('/lib/libc.so.6', { permissions: 'rw-p', anonymous: size(2), dirty: size(2) }));
  assert.deepEqual(parts(book), { shared_libraries: 64 });
});

test('pages of mapped files are clean, dirty or locked; a copy that is dirty makes no page of the file dirty', () => {
  const { named } = bookOf(
    fileOf('/var/clean'),
    fileOf('/var/dirty', { dirty: size(40) }),
    fileOf('/var/locked', { locked: size(32), dirty: size(8) }), // half of it is another process's by proportion: all of it is locked
    fileOf('/var/private', { permissions: 'rw-p', anonymous: size(60), dirty: size(60) }),
  );
  assert.deepEqual(named.files, { clean: size(64 + 24 + 4), dirty: size(40), locked: size(64) });
  assert.deepEqual(named.locked, { total: size(64), files: size(64), largest: [{ path: '/var/locked', rss: size(64) }] });
});

test('memory of memfd_secret is locked whether smaps says so or not, and a file of that name is not', () => {
  const { named } = bookOf(fileOf('/secretmem (deleted)'), fileOf('/secretmem'));
  assert.deepEqual(named.files, { clean: size(64), dirty: size(0), locked: size(64) });
});

test('locked anonymous memory is locked, and no pages of files', () => {
  const { named } = bookOf(mappingWith({ start: 0x7e0000000000, end: 0x7e0000000000 + 8 * mib, rss: size(8), locked: size(8) }));
  assert.deepEqual(named.locked, { total: size(8), files: size(0), largest: [] });
});

test('mappings of the kernel are told by kind, with who is charged for them and each page once', () => {
  const { named, components } = bookOf(
    fileOf('socket:[17]', { pss: size(32) }),
    fileOf('socket:[18]'),
    fileOf('/anon_inode:bpf-map', { pss: size(32) }),
    fileOf('anon_inode:[io_uring]'),
    fileOf('anon_inode:[perf_event]', { rss: size(0), pss: size(0) }),
    fileOf('/dev/dri/card0'),
    mappingWith({ start: 0x7ffff7ffd000, end: 0x7ffff7fff000, path: '[vdso]', permissions: 'r-xp', rss: bytes(8192) }),
  );
  const told = named.kernel.map(({ name, chargedTo, rss, pss }) => [name, chargedTo, rss / mib, pss / mib]);
  assert.deepEqual(told, [
    ['socket:[...]', 'nobody', 128, 96],
    ['anon_inode:bpf-map', 'kernel memory', 64, 32],
    ['anon_inode:[io_uring]', 'kernel memory', 64, 64],
    ['/dev/dri/card0', 'unknown', 64, 64],
    ['anon_inode:[perf_event]', 'nobody', 0, 0],
  ]);
  assert.equal(named.kernel.at(-1)?.size, size(64));
  assert.equal(components.kernel_mappings, size(320) + 8192);
});

test('shared memory that is mapped twice is there once; other parts of it, and other files of that number, are not the same', () => {
  const memfd = (known: Partial<Mapping> = {}) => fileOf('/memfd:ring (deleted)', { device: '00:01', ...known });
  const distinct = (...mappings: readonly Mapping[]) => bookOf(...mappings).named.shared.distinct / mib;
  assert.equal(distinct(memfd({ pss: size(32) }), memfd({ pss: size(32) })), 64);
  assert.equal(distinct(memfd(), memfd({ offset: 64 * mib })), 128);
  assert.equal(distinct(memfd(), fileOf('/SYSV00000000 (deleted)', { device: '00:01' })), 128);
  // shared with another process: at least what one of them has
  assert.equal(distinct(memfd({ pss: size(16) }), memfd({ pss: size(16) })), 64);
  assert.equal(distinct(memfd({ pss: size(32), rss: size(32) }), memfd({ pss: size(16), rss: size(32), offset: 32 * mib })), 48);
});

test('what a mapping holds privately of shared memory is not shared', () => {
  const both = { permissions: 'rw-p', anonymous: size(64), dirty: size(64) };
  const { named } = bookOf(fileOf('/memfd:x (deleted)', both));
  assert.deepEqual(named.shared, { distinct: size(0), largest: [] });
});
