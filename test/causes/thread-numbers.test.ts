import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { causes } from '../../src/causes/index.ts';

/** Of these no public thread gives numbers that can be judged: they are made on purpose (proofs.test.ts, test/remedies, test/vm). */
const withoutThread = [
  'page_cache_thrashing',
  'go_startup_spike',
  'go_stacks',
  'gogc_off',
  'go_gc_headroom',
  'go_untouched',
  'race_detector',
  'c_allocator_dirty',
  'c_malloc_retained',
  'native_mmap',
  'jit_code',
  'file_cow',
  'thread_stacks',
  'locked_memory',
  'mapped_files',
  'executable',
  'page_tables',
  'kernel_rings',
  'send_queues',
  'kernel_other',
  'charged_unmapped',
  'charged_elsewhere',
  'anon_in_no_process',
  'peak_not_go',
  'bpf_maps_uncharged',
  'profile_lag',
  'virtual_size',
];

test('threads.test.ts has the numbers of every cause for which a thread gives some', () => {
  const text = readFileSync(join(import.meta.dirname, 'threads.test.ts'), 'utf8');
  const without = causes.map(({ name }) => name).filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
  assert.deepEqual(without, withoutThread);
});
