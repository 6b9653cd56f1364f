import { found, known } from '../../model/reading.ts';
import { formatBytes, mebibyte } from '../../model/units.ts';
import { type Cause, inactive, ratio, size } from '../engine/cause.ts';
import { goReleaseOf } from './go-settings.ts';

const minBytes = 32 * mebibyte;
const minSysRatio = 0.05; // of Sys

/** Stack traces that the heap profiler keeps for good, four times as deep since Go 1.23: 50 MiB became 4 GiB in golang/go#69590. */
export const goProfilerBuckets: Cause = {
  name: 'go_profiler_buckets',
  title: "the heap profiler's stack traces",
  claims: ['go:profiling_buckets'],
  judge({ ledger }) {
    const { go } = ledger;
    if (!go.ok) return go;
    const { buckHashSys, sys } = go.value.memstats;
    if (buckHashSys <= Math.max(minBytes, minSysRatio * sys)) return inactive;
    return found({
      bytes: buckHashSys,
      evidence: [size('profiler buckets', buckHashSys, 'BuckHashSys'), ratio('of all that Go has mapped', buckHashSys / sys, 'Sys')],
      summary: `The heap profiler keeps ${formatBytes(buckHashSys)} of stack traces, one for each distinct one that ever allocated.`,
      next: shallower(known(goReleaseOf(ledger))?.minor),
    });
  },
};

const deeperSince = 23; // Go 1.23 keeps 128 frames, where it was 32, and reads this setting

/** Older ones keep 32 frames whatever is set. */
function shallower(minor: number | undefined): string {
  const off = 'runtime.MemProfileRate = 0 at the start of main, where no heap profile is wanted';
  if (minor === undefined) return `GODEBUG=profstackdepth=32 (Go 1.23 and later); or ${off}`;
  return minor >= deeperSince ? `GODEBUG=profstackdepth=32; or ${off}` : off;
}
