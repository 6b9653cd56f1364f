import { test } from 'node:test';
import { mib } from './carry-out.ts';
import { startAgain } from './start-again.ts';

test('go_profiler_buckets: GODEBUG=profstackdepth=32', (t) =>
  startAgain(t, {
    cause: 'go_profiler_buckets',
    next: /^GODEBUG=profstackdepth=32;/,
    lab: 'go-newest-pure',
    make: ({ json }) => json('/shape/deep-traces?mib=60'), // thousands of ways, of which each trace has a hundred frames
    set: { GODEBUG: 'profstackdepth=32' },
    gives: 20 * mib,
  }));

test('go_profiler_buckets: runtime.MemProfileRate = 0, by GODEBUG=memprofilerate=0', (t) =>
  startAgain(t, {
    cause: 'go_profiler_buckets',
    next: /or runtime\.MemProfileRate = 0 at the start of main/,
    lab: 'go-newest-pure',
    make: ({ json }) => json('/shape/deep-traces?mib=60'),
    set: { GODEBUG: 'memprofilerate=0' },
    gives: 40 * mib,
  }));

test('hugepage_refill: GODEBUG=disablethp=1', (t) =>
  startAgain(t, {
    cause: 'hugepage_refill',
    next: /GODEBUG=disablethp=1 \(Go 1\.21\.6 and later\)$/,
    lab: 'go-newest-pure',
    make: ({ json }) => json('/shape/collapsed?mib=128'), // MADV_COLLAPSE: what khugepaged does, at once
    set: { GODEBUG: 'disablethp=1' },
    gives: 64 * mib,
  }));
