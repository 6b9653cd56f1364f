import { found } from '../reading.ts';
import { bytes, formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { size } from './evidence.ts';

/** Given back with MADV_FREE, and the kernel has not come for it: counted as resident until it is short of memory (golang/go#33376, #39779). */
export const madvFree: Cause = {
  name: 'madv_free',
  title: 'released lazily (MADV_FREE)',
  claims: ['rss:go_released_lazyfree'],
  judge({ ledger: { mapped } }) {
    if (!mapped.ok) return mapped;
    const lazy = mapped.value.value.components.go_released_lazyfree ?? bytes(0);
    if (lazy === 0) return found('not this');
    return found({
      bytes: lazy,
      evidence: [size('lazily freed pages in the Go heap', lazy, 'smaps LazyFree')],
      summary: `Go gave ${formatBytes(lazy)} back with MADV_FREE; the kernel takes them when it is short of memory, and shows them as resident until then.`,
      next: 'GODEBUG=madvdontneed=1, or Go 1.16 and later, which is that by default',
    });
  },
};
