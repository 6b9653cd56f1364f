import { found, missing } from '../../model/reading.ts';
import { bytes, formatBytes, mebibyte } from '../../model/units.ts';
import { type Cause, inactive, size } from '../engine/cause.ts';

const minUsedRatio = 0.25; // of what Go uses: up to 29 % is usual, most of it in small programs
const minBytes = 8 * mebibyte;

/** Heap that was allocated and never written, such as `make([]byte, n)`: Go counts it, the kernel does not. It explains a negative gap. */
export const goUntouched: Cause = {
  name: 'go_untouched',
  title: 'allocated, never touched: not memory',
  claims: ['go:not_resident'],
  judge({ ledger: { go, mapped, snapshot } }) {
    if (!go.ok) return go;
    if (!mapped.ok) return mapped;
    const absent = mapped.value.value.notResident;
    if (absent === undefined) return missing('disabled', 'no Go numbers were had when the mappings were walked');
    const swapped = (snapshot.status.ok ? snapshot.status.value.vmSwap : undefined) ?? 0;
    const untouched = bytes(Math.max(0, absent - swapped));
    if (untouched < Math.max(minBytes, minUsedRatio * go.value.used)) return inactive;
    return found({
      bytes: untouched,
      evidence: [
        size('committed by Go and not resident', absent, "HeapInuse + idle heap + StackInuse - the arenas' Rss in smaps"),
        size('swapped out', swapped, 'VmSwap'),
        size('used by Go', go.value.used, 'Sys - HeapReleased'),
      ],
      summary: `${formatBytes(untouched)} that Go counts as used is not resident: it was never written to, or other code gave it back (madvise, in C or by syscall).`,
      next: 'nothing: it becomes memory when it is written to; expect RSS to grow by it at most',
    });
  },
};
