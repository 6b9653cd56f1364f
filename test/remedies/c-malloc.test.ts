import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from '../../acceptance/causes/subject.ts';
import { locate } from '../programs.ts';
import { carryOut, mib, rssFell, rssOf } from './carry-out.ts';
import { explainJson } from './explained.ts';
import { startAgain } from './start-again.ts';

const lab = 'go-newest-cgo';
const freed = ({ json }: Subject) => json('/shape/malloc-freed?mib=128');

test('c_malloc_retained: malloc_trim(0) in the C code after a load', (t) =>
  carryOut(t, {
    cause: 'c_malloc_retained',
    next: /^what was freed: malloc_trim\(0\) in the C code after a load/,
    lab,
    memoryReads: true,
    make: freed,
    remedy: (subject) => subject.lab.ask('/cgo/trim'),
    helped: rssFell,
  }));

test('c_malloc_retained: MALLOC_MMAP_THRESHOLD_=131072 where its blocks are larger', (t) =>
  startAgain(t, {
    cause: 'c_malloc_retained',
    next: /MALLOC_MMAP_THRESHOLD_=131072/,
    lab,
    memoryReads: true,
    make: freed,
    set: { MALLOC_MMAP_THRESHOLD_: '131072' },
    gives: 48 * mib,
  }));

test('c_malloc_retained: a C.free that is missing', (t) =>
  carryOut(t, {
    cause: 'c_malloc_retained',
    next: /what is in use no setting of malloc gives back: .* or a Close or C\.free that is missing/,
    lab,
    memoryReads: true,
    make: async (subject) => {
      await subject.lab.ask('/cgo/trim');
      await subject.json('/shape/malloc-freed?mib=1'); // blocks of a MiB are not mapped one by one from now on
      await subject.lab.ask('/cgo/grow?mib=128');
    },
    remedy: async (subject) => {
      await subject.lab.ask('/cgo/free');
      await subject.lab.ask('/cgo/trim');
    },
    helped: rssFell,
  }));

test('c_malloc_retained: a collection for what stands behind finalizers', (t) =>
  carryOut(t, {
    cause: 'c_malloc_retained',
    next: /heap\?gc=1' >\/dev\/null, and look again: what went stood behind finalizers/,
    lab,
    memoryReads: true,
    make: ({ json }) => json('/shape/finalizers?mib=128'),
    remedy: async (subject) => {
      await (await fetch(`http://${subject.lab.address}/debug/pprof/heap?gc=1`)).arrayBuffer();
      await sleep(1_000); // finalizers run in a goroutine of their own
      await subject.lab.ask('/cgo/trim'); // what they freed is malloc's to keep
    },
    helped: rssFell,
  }));

test('c_allocator_dirty: MALLOC_CONF=background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0', (t) => {
  const library = locate('jemalloc');
  if (!library.ok) return t.skip(library.detail);
  return startAgain(t, {
    cause: 'c_allocator_dirty',
    next: /^what was freed: MALLOC_CONF=background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0/,
    lab,
    preload: 'jemalloc',
    make: async (subject) => {
      await subject.json('/shape/malloc-freed?mib=128');
      await sleep(4_000);
    },
    set: { MALLOC_CONF: 'background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0' },
    gives: 56 * mib,
  });
});

test('c_malloc_retained: free the blocks in use between which it lies', (t) =>
  carryOut(t, {
    cause: 'c_malloc_retained',
    next: /^what was freed lies between blocks in use, and malloc_trim gives back little of it: free those, or allocate what lives long in one go$/m,
    lab,
    memoryReads: true,
    make: async (subject) => {
      await subject.json('/shape/malloc-scattered?mib=120');
      const before = rssOf(await subject.look());
      await subject.lab.ask('/cgo/trim');
      assert.ok(before - rssOf(await subject.look()) < 12 * mib, 'malloc_trim gave back more than little');
    },
    remedy: ({ json }) => json('/shape/undo'),
    helped: rssFell,
  }));

async function readsTell({ lab: { pid, address } }: Subject): Promise<void> {
  const { causes } = await explainJson(pid, address, '--process.memory-reads');
  const told = causes.find(({ name }: { readonly name: string }) => name === 'c_malloc_retained');
  assert.match(told?.summary ?? '', /^C's malloc holds 1[23]\d MiB, 1[23]\d MiB of it freed and kept, the rest in use/);
  assert.match(told?.next ?? '', /^what was freed: malloc_trim/);
}

test('c_malloc_retained: --process.memory-reads tells which it is', (t) =>
  carryOut(t, {
    cause: 'c_malloc_retained',
    next: /; --process\.memory-reads tells which it is$/,
    lab,
    environment: { MALLOC_ARENA_MAX: '1' }, // the heap by brk(2), which is in no doubt
    make: async (subject) => {
      for (let count = 0; count < 6; count += 1) await subject.lab.ask('/gc'); // nothing waits for one
      await freed(subject);
    },
    remedy: readsTell,
    stays: true,
  }));

test('c_malloc_retained: --process.memory-reads tells whose they are', (t) =>
  carryOut(t, {
    cause: 'c_malloc_retained',
    next: /^--process\.memory-reads tells whose they are$/m,
    lab,
    make: freed, // in an arena of a thread's own
    remedy: readsTell,
    stays: true,
  }));

test('c_allocator_dirty: a C.free that is missing', (t) => {
  const library = locate('jemalloc');
  if (!library.ok) return t.skip(library.detail);
  return carryOut(t, {
    cause: 'c_allocator_dirty',
    next: /^what is in use no setting of an allocator gives back: .* or a Close or C\.free that is missing$/m,
    lab,
    preload: 'jemalloc',
    environment: { MALLOC_CONF: 'background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0' },
    make: async (subject) => {
      await subject.lab.ask('/cgo/grow?mib=128');
      await sleep(3_000); // the setting for what was freed gives none of it back
    },
    remedy: async (subject) => {
      await subject.lab.ask('/cgo/free');
      await sleep(4_000);
    },
    helped: rssFell,
  });
});
