import { found } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size, worthNamingBytes } from '../engine/cause.ts';
import { goReleaseOf } from './go-settings.ts';

/** Go 1.21.0 to 1.21.3 asked for huge pages of its own accord, so that they came where the machine only allows them (golang/go#61718). */
export const go121Hugepages: Cause = {
  name: 'go121_hugepages',
  title: 'huge pages that Go 1.21 asked for',
  claims: ['rss:go_released_resident'],
  judge({ ledger }) {
    const release = goReleaseOf(ledger);
    if (!release.ok) return release;
    const { text, minor, patch } = release.value;
    if (minor !== 21 || patch > 3) return inactive;
    const { mapped, snapshot } = ledger;
    if (!mapped.ok) return mapped;
    if (!snapshot.kernelThp.ok) return snapshot.kernelThp;
    const { heapPages, components, total } = mapped.value.value;
    if (snapshot.kernelThp.value !== 'madvise' || !isLarge(heapPages.huge, total)) return inactive;
    const refilled = Math.min(heapPages.huge, components.go_released_resident ?? 0);
    return found({
      ...(refilled >= worthNamingBytes && { bytes: bytes(refilled) }), // live heap on huge pages is no waste
      evidence: [
        size('huge pages in the heap', heapPages.huge, 'smaps AnonHugePages'),
        size('given back and resident', refilled, "the arenas' Rss - what Go uses of them - LazyFree"),
      ],
      summary: `${text} asks the kernel for huge pages of its own accord: ${formatBytes(heapPages.huge)} of the heap lie on some.`,
      next: 'upgrade Go: 1.21.4 and later do not',
    });
  },
};
