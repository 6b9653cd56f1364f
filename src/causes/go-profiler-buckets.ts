import { found } from '../reading.ts';
import { formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { ratio, size } from './evidence.ts';

const least = 32 * 1024 ** 2;
const share = 0.05; // of Sys

/** Stack traces that the heap profiler keeps for good, four times as deep since Go 1.23: 50 MiB became 4 GiB in golang/go#69590. */
export const goProfilerBuckets: Cause = {
  name: 'go_profiler_buckets',
  title: "the heap profiler's stack traces",
  claims: ['go:profiling_buckets'],
  judge({ ledger: { go, snapshot } }) {
    if (!go.ok) return go;
    if (!snapshot.go.ok) return snapshot.go;
    const { buckHashSys, sys } = snapshot.go.value.memstats;
    if (buckHashSys <= Math.max(least, share * sys)) return found('not this');
    return found({
      bytes: buckHashSys,
      evidence: [size('profiler buckets', buckHashSys, 'BuckHashSys'), ratio('of all that Go has mapped', buckHashSys / sys, 'Sys')],
      summary: `The heap profiler keeps ${formatBytes(buckHashSys)} of stack traces, one for each distinct one that ever allocated.`,
      next: 'GODEBUG=profstackdepth=32 (Go 1.23 and later)',
    });
  },
};
