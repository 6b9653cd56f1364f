import type { Ledger } from '../../books/ledger.ts';
import { found, known } from '../../model/reading.ts';
import { bytes, formatBytes, mebibyte } from '../../model/units.ts';
import { type Cause, inactive, size } from '../engine/cause.ts';
import { goReleaseOf } from './go-settings.ts';

const noiseBytes = mebibyte; // Go gives back and takes again while the mappings are walked
const firstWithout = 16; // from Go 1.16 on MADV_DONTNEED is the default

/** Given back with MADV_FREE, and not taken yet: counted as resident until it is short of memory (golang/go#33376, #39779). */
export const madvFree: Cause = {
  name: 'madv_free',
  title: 'released lazily (MADV_FREE)',
  claims: ['rss:go_released_lazyfree'],
  judge({ ledger }) {
    const { mapped, snapshot } = ledger;
    if (!mapped.ok) return mapped;
    const { components, identities } = mapped.value.value;
    const lazy = components.go_released_lazyfree ?? bytes(0);
    if (lazy === 0) return inactive;
    const released = identities?.memstats.heapReleased ?? known(snapshot.go)?.memstats.heapReleased;
    const isGos = released === undefined || lazy <= released + noiseBytes;
    const until = 'the kernel takes them when it is short of memory, and shows them as resident until then';
    return found({
      bytes: lazy,
      evidence: [
        size('lazily freed pages in the Go heap', lazy, 'smaps LazyFree'),
        size('given back by Go, resident or not', released, 'HeapReleased'),
      ],
      summary: isGos
        ? `Go gave ${formatBytes(lazy)} back with MADV_FREE; ${until}.`
        : `${formatBytes(lazy)} of the Go heap was given back with MADV_FREE, and not by Go, which has given back ${formatBytes(released)}: other code of the program did; ${until}.`,
      next: isGos
        ? settingOf(ledger)
        : 'strace -f -k -e trace=madvise -p PID: who calls madvise(MADV_FREE) on memory of Go? It may lose what is live there',
    });
  },
};

function settingOf(ledger: Ledger): string {
  const release = known(goReleaseOf(ledger));
  if (release === undefined || release.minor < firstWithout)
    return 'GODEBUG=madvdontneed=1, or Go 1.16 and later, which is that by default';
  return `take madvdontneed=0 out of GODEBUG: ${release.text} gives back with MADV_DONTNEED without it`;
}
