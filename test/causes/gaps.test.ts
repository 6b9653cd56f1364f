import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf } from '../../src/books/ledger.ts';
import { judge } from '../../src/causes/engine/judge.ts';
import { causes } from '../../src/causes/index.ts';
import { known, missing } from '../../src/model/reading.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { fullBook, fullSnapshot } from '../serve/metrics/states.ts';
import { pastOf } from './pasts.ts';

/** What is not judged where the mappings, or a part of the snapshot, was not read: each with the reason of that part. */
const needs: Readonly<Record<string, readonly string[]>> = {
  mapped: [
    'madv_free',
    'hugepage_refill',
    'go_metadata',
    'go_untouched',
    'c_malloc_leak',
    'c_allocator_dirty',
    'c_malloc_retained',
    'native_mmap',
    'jit_code',
    'file_cow',
    'thread_stacks',
    'locked_memory',
    'mapped_files',
    'executable',
    'kernel_rings',
  ],
  go: [
    'go_profiler_buckets',
    'go_startup_spike',
    'go_metadata',
    'go_stacks',
    'go_fragmentation',
    'gogc_off',
    'go_reserved',
    'go_live_heap',
    'go_gc_headroom',
    'go_untouched',
    'c_malloc_leak',
    'limit_without_headroom',
    'peak_not_go',
    'profile_lag',
    'virtual_size',
  ],
  build: ['race_detector'],
  status: [
    'go_startup_spike',
    'go_stacks',
    'go_fragmentation',
    'go_live_heap',
    'go_gc_headroom',
    'thread_stacks',
    'page_tables',
    'charged_elsewhere',
    'anon_in_no_process',
    'not_a_leak_plateau',
    'peak_not_go',
  ],
  cgroup: [
    'page_cache_thrashing',
    'shmem',
    'kernel_slab',
    'socket_buffers',
    'send_queues',
    'kernel_other',
    'charged_unmapped',
    'other_processes',
    'page_cache',
    'limit_without_headroom',
    'charged_elsewhere',
    'anon_in_no_process',
    'bpf_maps_uncharged',
  ],
  openFiles: ['send_queues', 'bpf_maps_uncharged'],
  others: ['other_processes', 'anon_in_no_process'],
};

/** They need Go's version, which two sources tell, and the heap or the book. */
const needsNothingAlone = ['go121_hugepages', 'go124_zeroing'];

const lost = missing('denied', 'lost on purpose');

for (const [part, expected] of Object.entries(needs)) {
  test(`without ${part}, what needs it is not judged, and says why`, () => {
    const snapshot: Snapshot = part === 'mapped' ? fullSnapshot : { ...fullSnapshot, [part]: lost };
    const ledger = ledgerOf(snapshot, part === 'mapped' ? lost : fullBook);
    const { notJudged } = judge(causes, { ledger, past: pastOf({}) });
    const lacking = new Set(
      notJudged.filter(({ reason, detail }) => `${reason}: ${detail}` === 'denied: lost on purpose').map(({ name }) => name),
    );
    assert.deepEqual(
      causes.map(({ name }) => name).filter((name) => lacking.has(name)),
      expected.toSorted((one, other) => indexOf(one) - indexOf(other)),
    );
  });
}

test('of everything, nothing but growth and the heap over collections is too early to tell after one poll', () => {
  const ledger = ledgerOf(fullSnapshot, fullBook);
  assert.ok(known(ledger.go) !== undefined);
  const { notJudged } = judge(causes, { ledger, past: pastOf({}) });
  assert.deepEqual(
    notJudged.map(({ name, reason }) => `${name} ${reason}`),
    ['go_live_heap too-early', 'go_gc_headroom too-early', 'c_malloc_leak too-early', 'not_a_leak_plateau too-early'],
  );
});

test('of every cause it is known what it needs', () => {
  const known = new Set([...Object.values(needs).flat(), ...needsNothingAlone]);
  assert.deepEqual([...known].toSorted(), causes.map(({ name }) => name).toSorted());
});

function indexOf(cause: string): number {
  return causes.findIndex(({ name }) => name === cause);
}
