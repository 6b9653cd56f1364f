import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rssBook } from '../../../src/books/owners/book.ts';
import { classify } from '../../../src/books/owners/classify.ts';
import { nothingSeen } from '../../../src/books/owners/seen.ts';
import type { ExeImage, Mapping, MappingEvidence } from '../../../src/model/mapping.ts';
import { found } from '../../../src/model/reading.ts';
import { bytes } from '../../../src/model/units.ts';
import { memStatsWith } from '../../snapshots.ts';
import { evidenceWith, mappingWith, recorded } from './evidence.ts';

const kib = 1024;
const mib = 1024 * kib;

const exe: ExeImage = {
  path: '/opt/program',
  device: 'fe:00',
  inode: 7,
  positionIndependent: false,
  segments: [
    { address: 0x400000, fileSize: 0x1000, memorySize: 0x1000, writable: false },
    { address: 0x500000, fileSize: 0x1000, memorySize: 0x9000, writable: true },
  ],
};
const fileAt = (start: number, end: number, path: string, known: Partial<Mapping> = {}) =>
  mappingWith({ start, end, path, inode: 7, device: 'fe:00', permissions: 'r-xp', ...known });

/** `owner rule` of each part of each mapping, as a reader would list them. */
function owners(mappings: readonly Mapping[], known: Partial<MappingEvidence> = {}): readonly string[] {
  const { claims } = classify(evidenceWith(mappings, known), nothingSeen);
  return claims.flat().map(({ owner, rule }) => `${owner} ${rule}`);
}

const pure = found({ goVersion: 'go1.27', mainModule: undefined, goarch: 'amd64', cgo: false, instrumented: false });

test('the executable is known by its link, deleted or not, or by device and inode, before anything else that its path looks like', () => {
  for (const path of ['/opt/program', '/opt/program (deleted)', '/other/name']) {
    assert.deepEqual(owners([fileAt(0x400000, 0x401000, path)], { exe: found(exe) }), ['exe path']);
  }
  const memfd = { ...exe, path: '/memfd:program', inode: 9 };
  assert.deepEqual(owners([fileAt(0x400000, 0x401000, '/memfd:program (deleted)', { inode: 9 })], { exe: found(memfd) }), ['exe path']);
});

test('the executable mapped once more, outside of its image, is a mapped file that is code', () => {
  const again = fileAt(0x7f0000000000, 0x7f0000001000, '/opt/program', { permissions: 'r--p' });
  assert.deepEqual(owners([fileAt(0x400000, 0x401000, '/opt/program'), again], { exe: found(exe) }), ['exe path', 'shared_libraries path']);
});

test('bss ends where the image does; what the kernel joined with it is not', () => {
  const data = fileAt(0x500000, 0x501000, '/opt/program', { permissions: 'rw-p' });
  const rest = mappingWith({ start: 0x501000, end: 0x519000 });
  assert.deepEqual(owners([data, rest], { exe: found(exe), build: pure }), ['exe path', 'exe_data bss', 'unclaimed_anon left']);
  const heap = { ...rest, path: '[heap]' };
  assert.deepEqual(owners([data, heap], { exe: found(exe) }), ['exe path', 'exe_data bss', 'c_malloc special']);
});

test('a position-independent executable is found at its bias', () => {
  const pie = {
    ...exe,
    positionIndependent: true,
    segments: [{ address: 0, fileSize: 0x1000, memorySize: 0x3000, writable: true }],
  };
  const text = fileAt(0x55d000000000, 0x55d000001000, '/opt/program');
  const bss = mappingWith({ start: 0x55d000001000, end: 0x55d000003000 });
  assert.deepEqual(owners([text, bss], { exe: found(pie) }), ['exe path', 'exe_data bss']);
});

test('files, libraries, shared memory and the kernel by their paths', () => {
  const of = (path: string, known: Partial<Mapping> = {}) =>
    owners([fileAt(0x7f0000000000, 0x7f0000001000, path, { permissions: 'r--p', inode: 8, ...known })], {
      tmpfsDevices: ['00:1a'],
      exe: found(exe),
    })[0];
  assert.equal(of('/lib/libc.so.6'), 'shared_libraries path');
  assert.equal(of('/lib/plugin.so (deleted)'), 'shared_libraries path');
  assert.equal(of('/var/lib/data.sorted'), 'mapped_files path');
  assert.equal(of('/var/lib/jit', { permissions: 'r-xp' }), 'shared_libraries path');
  for (const path of ['/memfd:x (deleted)', '/SYSV00000000 (deleted)', '/dev/zero (deleted)', '/dev/shm/x'])
    assert.equal(of(path), 'shmem path');
  assert.equal(of('/tmp/x', { device: '00:1a' }), 'shmem path');
  assert.equal(of('/dev/zero', { permissions: 'rw-p' }), 'native_mmap path'); // shared, it is shmem's and deleted
  for (const path of ['anon_inode:[perf_event]', 'socket:[1]', '/dev/dri/card0']) assert.equal(of(path), 'kernel_mappings path');
});

test('hostile paths choose a component and nothing else', () => {
  const of = (path: string) => owners([fileAt(0x7f0000000000, 0x7f0000001000, path, { permissions: 'rw-p' })])[0];
  assert.equal(of('/x/[anon: Go: heap]'), 'mapped_files path');
  assert.equal(of('/[heap]'), 'mapped_files path');
  assert.equal(of('/a\\012b\u202e.so'), 'shared_libraries path');
  assert.equal(of('(unreachable)/x'), 'mapped_files path');
  assert.equal(of('[heap]'), 'unknown left'); // a name in brackets has no inode
});

test('a name that the kernel does not know yet stays unattributed', () => {
  const book = rssBook(evidenceWith([mappingWith({ start: 0x7f0000000000, end: 0x7f0000002000, path: '[new]', rss: bytes(8 * kib) })]));
  assert.equal(book.ok && book.value.unattributed, 8 * kib);
  assert.equal(book.ok && book.value.score, 1);
});

test('names of Go and glibc win over structure (on made-up text: no kernel with CONFIG_ANON_VMA_NAME was at hand)', () => {
  const named = (path: string, start: number, size: number, known: Partial<Mapping> = {}) =>
    mappingWith({ start, end: start + size, path, rss: bytes(4 * kib), ...known });
  const mappings = [
    named('[anon: Go: heap]', 0x7f0000000000, 4 * mib),
    named('[anon: Go: heap reservation]', 0x7f0000400000, 60 * mib, { permissions: '---p', rss: bytes(0) }),
    named('[anon: Go: immortal metadata]', 0x7f1000000000, 256 * kib),
    named('[anon: glibc: pthread stack: 17]', 0x7f2000000000, 8 * mib),
    named('[anon: glibc: malloc arena]', 0x7f3000000000, 132 * kib),
    named('[anon: scudo:primary]', 0x7f4000000000, 132 * kib),
    named('[anon_shmem: ring]', 0x7f5000000000, 4 * kib, { permissions: 'rw-s' }),
  ];
  assert.deepEqual(owners(mappings), [
    'go_arenas arena',
    'go_arenas arena',
    'go_metadata name',
    'thread_stacks name',
    'c_malloc name',
    'native_mmap name',
    'shmem name',
  ]);
});

test('what is anonymous and not just readable and writable is never Go', () => {
  for (const [permissions, owner] of [
    ['r--p', 'native_mmap not-writable'],
    ['---p', 'native_mmap not-writable'],
    ['r-xp', 'jit_code executable-memory'],
    ['rwxp', 'jit_code executable-memory'],
  ] as const) {
    const mapping = mappingWith({ start: 0x7f0000001000, end: 0x7f0000003000, permissions, rss: bytes(4 * kib) });
    assert.deepEqual(owners([mapping], { build: pure }), [owner], permissions);
    assert.equal(owners([{ ...mapping, path: '[anon: x]' }], { build: pure })[0]?.split(' ')[0], owner.split(' ')[0], permissions);
  }
});

const guardFlags = 'mr mw me nh';
const stackFlags = 'rd wr mr mw me ac nh';
const guard = (end: number, size = 4 * kib, flags = guardFlags) => mappingWith({ start: end - size, end, permissions: '---p', flags });

test('a thread stack ends at RLIMIT_STACK above its guard: what the kernel joined with it is the arena index', () => {
  const start = 0x7f0000001000;
  const joined = mappingWith({ start, end: start + 40 * mib, flags: stackFlags });
  assert.deepEqual(owners([guard(start), joined]), ['native_mmap not-writable', 'thread_stacks thread-stack', 'unclaimed_anon left']);
});

test('a larger stack than the limit, without room for an index, is all stack', () => {
  const start = 0x7f0000001000;
  const large = mappingWith({ start, end: start + 16 * mib, flags: stackFlags });
  assert.deepEqual(owners([guard(start), large]).at(-1), 'thread_stacks thread-stack');
});

test('so is one with more room than an index takes, and one behind a larger guard', () => {
  const start = 0x7f0000020000;
  const real = [guard(start), mappingWith({ start, end: start + 8 * mib, flags: stackFlags })];
  const at = start + 128 * mib;
  for (const [size, guardSize] of [
    [64 * mib, 4 * kib],
    [mib, 64 * kib],
  ] as const) {
    const stack = mappingWith({ start: at, end: at + size, flags: stackFlags });
    assert.deepEqual(owners([...real, guard(at, guardSize), stack]).slice(-1), ['thread_stacks thread-stack'], `${size}`);
  }
});

test('guarded buffers are no stacks: not without `nh` where stacks have it, not behind a large gap, not in a binary without C', () => {
  const start = 0x7f0000001000;
  const real = [guard(start), mappingWith({ start, end: start + 8 * mib, flags: stackFlags })];
  const at = start + 64 * mib;
  const buffer = mappingWith({ start: at, end: at + 256 * kib });
  assert.equal(owners([...real, guard(at, 4 * kib, 'mr mw me'), buffer]).at(-1), 'unclaimed_anon left');
  assert.equal(owners([guard(at, 64 * kib, 'mr mw me'), buffer]).at(-1), 'unclaimed_anon left');
  assert.equal(owners(real, { build: pure }).at(-1), 'unclaimed_anon left');
});

test('before Linux 6.7 nothing marks a stack: more than the threads and the cache of glibc explain are guarded buffers', () => {
  const at = 0x7f0000001000;
  const behindGuard = (index: number, size: number) => {
    const start = at + index * 16 * mib;
    return [guard(start, 4 * kib, 'mr mw me'), mappingWith({ start, end: start + size, rss: bytes(size / 2) })];
  };
  const six = Array.from({ length: 6 }, (_, index) => behindGuard(index, 8 * mib)).flat();
  const buffers = Array.from({ length: 500 }, (_, index) => behindGuard(6 + index, 256 * kib)).flat();
  const stacks = (mappings: readonly Mapping[], threads: number | undefined) => {
    const { claims } = classify(evidenceWith(mappings, { threads }), nothingSeen);
    const found = claims.flat().filter(({ owner }) => owner === 'thread_stacks');
    return [found.length, found.filter(({ doubtful }) => doubtful === true).length];
  };
  assert.deepEqual(stacks([...six, ...buffers], 7), [10, 4], 'four may have begun meanwhile');
  assert.deepEqual(stacks([...six, ...buffers], 501), [506, 0], 'so many threads, of whatever stacks');
  assert.deepEqual(stacks([...six, ...buffers], undefined), [506, 0]);
  assert.deepEqual(stacks(six, 2), [6, 0], 'glibc keeps some of those that ended');
});

test('malloc arenas are 64 MiB blocks with MAP_NORESERVE, in programs with C alone', () => {
  const start = 0x7f0004000000;
  const block = (flags: string) => [
    mappingWith({ start, end: start + 132 * kib, flags: `rd wr ${flags}` }),
    mappingWith({ start: start + 132 * kib, end: start + 64 * mib, permissions: '---p', flags }),
  ];
  assert.deepEqual(owners(block('mr mw me nr')), ['c_malloc malloc-arena', 'c_malloc malloc-arena']);
  assert.equal(owners(block('mr mw me'))[0], 'unclaimed_anon left');
  assert.equal(owners(block('mr mw me nr'), { build: pure })[0], 'native_mmap no-reserve');
});

test('blocks of malloc that headers prove are malloc, and of the foreign size no more', () => {
  const start = 0x7f0000001000;
  const both = mappingWith({ start, end: start + 3 * mib, rss: bytes(3 * mib) });
  const ranges = [{ start, end: start + 2 * mib }];
  assert.deepEqual(owners([both], { chunks: found({ ranges, heaps: [], others: [] }) }), ['c_malloc malloc-chunk', 'unclaimed_anon left']);
});

/** A heap from 0xc000000000 that has grown to `size`, and memstats whose first identity says `told`. */
const heap = (start: number, size: number) => [
  mappingWith({ start, end: start + size, rss: bytes(size) }),
  ...(size % (64 * mib) === 0
    ? []
    : [mappingWith({ start: start + size, end: start + Math.ceil(size / (64 * mib)) * 64 * mib, permissions: '---p' })]),
];
const telling = (told: number) => {
  const stats = memStatsWith({ heapSys: bytes(told - 2 * mib), sys: bytes(told + 10 * mib), gcSys: bytes(4 * mib) });
  return { before: found(stats), after: found(stats), build: pure };
};
const arenas = (mappings: readonly Mapping[], told: number) => {
  const { ranges, size } = classify(evidenceWith(mappings, telling(told)), nothingSeen).arenas;
  return { starts: ranges.map(({ start }) => start), size };
};

test('both address schemes: from 0xc000000000, and from a random block whose first usable part starts in its middle', () => {
  assert.deepEqual(arenas(heap(0xc000000000, 36 * mib), 36 * mib), { starts: [0xc000000000], size: 36 * mib });
  const base = 0x4c12c000000;
  const random = [
    mappingWith({ start: base, end: base + 36 * mib, permissions: '---p' }),
    mappingWith({ start: base + 36 * mib, end: base + 72 * mib }),
    mappingWith({ start: base + 72 * mib, end: base + 128 * mib, permissions: '---p' }),
  ];
  assert.deepEqual(arenas(random, 36 * mib), { starts: [base], size: 36 * mib });
});

test('of runs that look alike the first identity takes the one that fits, and leaves the foreign one', () => {
  const nonGoAnon = mappingWith({ start: 0x10000000000, end: 0x10004000000 });
  const index = mappingWith({ start: 0x7f0000001000, end: 0x7f0000001000 + 44 * mib });
  assert.deepEqual(arenas([...heap(0xc000000000, 36 * mib), nonGoAnon, index], 36 * mib), { starts: [0xc000000000], size: 36 * mib });
  assert.deepEqual(arenas([...heap(0xc000000000, 36 * mib), nonGoAnon, index], 100 * mib), {
    starts: [0xc000000000, 0x10000000000],
    size: 100 * mib,
  });
});

/** Blocks of 64 MiB above the heap's, apart, of which so many bytes each are usable and filled. */
const planted = (count: number, size: number) =>
  Array.from({ length: count }, (_, index) => heap(0xc100000000 + index * 128 * mib, size)).flat();
const above = (size: number) => mappingWith({ start: 0x7f0000001000, end: 0x7f0000001000 + size });

test('of more runs than all subsets can be tried of, those that fit are the heap, the lower first', () => {
  const index = above(44 * mib);
  for (const size of [8 * mib, 64 * mib]) {
    assert.deepEqual(arenas([...heap(0xc000000000, 4 * mib), ...planted(14, size), index], 4 * mib), {
      starts: [0xc000000000],
      size: 4 * mib,
    });
  }
  const apart = [...heap(0xc000000000, 12 * mib), ...planted(14, 8 * mib), ...heap(0xd000000000, 20 * mib)];
  assert.deepEqual(arenas([...apart, index], 32 * mib), { starts: [0xc000000000, 0xd000000000], size: 32 * mib });
});

test('runs of one size that may as well be the heap, where it does not begin at the address it is known by: all in doubt', () => {
  const mappings = [...planted(14, 8 * mib), ...heap(0x4c12c000000, 8 * mib), above(44 * mib)];
  for (const count of [2, 14]) {
    const evidence = evidenceWith([...mappings.slice(-2 * (count + 1) - 1)], telling(8 * mib));
    const book = rssBook(evidence);
    assert.ok(book.ok);
    const { ambiguity, nonGoAnon } = book.value;
    assert.ok(nonGoAnon.low <= count * 8 * mib && count * 8 * mib <= nonGoAnon.high, `${count}: ${JSON.stringify(nonGoAnon)}`);
    assert.ok(ambiguity >= count * 8 * mib);
  }
});

test('where no choice fits, what is too much is somebody else, and the intervals hold it', () => {
  const blocks = planted(13, 64 * mib);
  const book = rssBook(evidenceWith([...blocks, above(44 * mib)], telling(36 * mib)));
  assert.ok(book.ok);
  const { components, nonGoAnon, released, ambiguity } = book.value;
  const truth = (13 * 64 - 36) * mib;
  assert.ok(nonGoAnon.low <= truth && truth <= nonGoAnon.high, JSON.stringify(nonGoAnon));
  assert.ok((components.native_mmap ?? 0) >= 0.9 * truth && (components.go_released_resident ?? 0) <= 8 * mib);
  assert.ok(released !== undefined && released.floor <= 8 * mib);
  assert.ok(ambiguity >= truth);
});

test('foreign memory that touches a full arena is cut off at the block', () => {
  const joined = mappingWith({ start: 0xc000000000, end: 0xc008000000, rss: bytes(128 * mib) });
  const index = mappingWith({ start: 0x7f0000001000, end: 0x7f0000001000 + 44 * mib });
  assert.deepEqual(arenas([joined, index], 64 * mib), { starts: [0xc000000000], size: 64 * mib });
});

test('a run that came with the growth of the heap may be its own or not: ambiguous, and a reason to walk again', () => {
  const other = mappingWith({ start: 0xc010000000, end: 0xc010400000, rss: bytes(4 * mib) });
  const reserved = mappingWith({ start: 0xc010400000, end: 0xc014000000, permissions: '---p' });
  const index = mappingWith({ start: 0x7f0000001000, end: 0x7f0000001000 + 44 * mib });
  const evidence = evidenceWith([...heap(0xc000000000, 64 * mib), other, reserved, index], telling(64 * mib));
  const still = rssBook(evidence);
  const grown = rssBook({ ...evidence, after: telling(69 * mib).after });
  assert.ok(still.ok && grown.ok);
  assert.equal(grown.value.ambiguity - still.value.ambiguity >= 3 * mib, true);
  assert.equal(still.value.moved, 0);
  assert.ok(grown.value.moved >= 3 * mib);
});

test('where all addresses of its own are taken, the heap is among the mappings that the kernel places', () => {
  assert.deepEqual(arenas(heap(0x7f0004000000, 64 * mib), 64 * mib), { starts: [0x7f0004000000], size: 64 * mib });
});

test('released heap without rights (GODEBUG=harddecommit=1) belongs to the heap; its excess is not measured', () => {
  const start = 0xc000000000;
  const mappings = [
    mappingWith({ start, end: start + 20 * mib, rss: bytes(20 * mib) }),
    mappingWith({ start: start + 20 * mib, end: start + 30 * mib, permissions: '---p' }),
    mappingWith({ start: start + 30 * mib, end: start + 32 * mib, rss: bytes(2 * mib) }),
    mappingWith({ start: start + 32 * mib, end: start + 64 * mib, permissions: '---p' }),
  ];
  const book = rssBook(evidenceWith(mappings, telling(32 * mib)));
  assert.ok(book.ok);
  assert.equal(book.value.components.go_arenas, 22 * mib);
  assert.equal('go_released_resident' in book.value.components, false);
  assert.equal(book.value.identities?.workBuffers, 0);
});

test('the islands of a real process, its index and what lies above them are metadata by place', () => {
  const [walk] = recorded('go-newest-cgo-idle').walks;
  assert.ok(walk);
  const rules = classify(walk, nothingSeen)
    .claims.flat()
    .map(({ rule }) => rule);
  const count = (rule: string) => rules.filter((one) => one === rule).length;
  assert.deepEqual([count('island'), count('index'), count('thread-stack') > 2, count('malloc-arena') > 4], [5, 1, true, true]);
});

test('with an unlimited stack the kernel places upward: nothing is metadata for lying high', () => {
  const [walk] = recorded('go-newest-cgo-idle').walks;
  assert.ok(walk);
  const rules = classify({ ...walk, stackLimit: undefined }, nothingSeen)
    .claims.flat()
    .map(({ rule }) => rule);
  assert.equal(rules.includes('near-islands'), false);
  assert.equal(rules.includes('island'), true);
});

test('stacks whose guards are pages of their own mapping (glibc 2.42) are one mapping, up to the arena index', () => {
  const start = 0x7f0000001000;
  const flags = 'rd wr mr mw me ac gu nh';
  const two = mappingWith({ start, end: start + 16 * mib, flags });
  assert.deepEqual(owners([two]), ['thread_stacks thread-stack']);
  assert.deepEqual(owners([{ ...two, flags: 'rd wr mr mw me ac nh' }]), ['unclaimed_anon left']);
  assert.deepEqual(owners([{ ...two, flags: 'rd wr mr mw me ac gu' }]), ['unclaimed_anon left'], 'guards of a program of its own');
  assert.deepEqual(owners([two], { build: pure }), ['unclaimed_anon left']);
  const joined = { ...two, end: start + 49 * mib };
  const sea = mappingWith({ start: joined.end, end: joined.end + 256 * mib, permissions: '---p', flags: 'mr mw me' });
  const { claims } = classify(evidenceWith([joined, sea]), nothingSeen);
  assert.deepEqual(
    claims[0]?.map(({ owner, end, start: from }) => [owner, end - from]),
    [
      ['thread_stacks', 16 * mib],
      ['unclaimed_anon', 33 * mib],
    ],
  );
});
