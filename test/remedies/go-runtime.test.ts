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
