import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from '../../bench/causes/subject.ts';
import { locate } from '../programs.ts';
import { carryOut, mib, rssFell } from './carry-out.ts';
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
    gives: 64 * mib,
  });
});
