import type { RssBook } from '../../books/owners/book.ts';
import { found, missing } from '../../model/reading.ts';
import { formatBytes } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size } from '../engine/cause.ts';

/**
 * Huge pages on the heap: khugepaged fills what Go gave back in between of what it uses (golang/go#64332, prometheus#455,
 * cockroach#142086). Where live heap was never touched it hides as much of this: the component is a net figure.
 */
export const hugepageRefill: Cause = {
  name: 'hugepage_refill',
  title: 'given back, and filled again by huge pages',
  claims: ['rss:go_released_resident'],
  judge({ ledger: { mapped, snapshot } }) {
    if (!mapped.ok) return mapped;
    const { components, released, heapPages, total } = mapped.value.value;
    const refilled = components.go_released_resident;
    if (refilled === undefined || released === undefined) {
      return snapshot.go.ok ? missing('unsupported', 'what Go gave back can not be told from what it holds in this process') : snapshot.go;
    }
    const isSeen = released.reason === 'hugepages' && isLarge(refilled, total);
    if (!isSeen && !isPossible(mapped.value.value)) return inactive;
    return found({
      bytes: refilled,
      evidence: [
        size('given back and resident', refilled, "the arenas' Rss - what Go uses of them - LazyFree"),
        size('at most', released.ceiling, 'HeapReleased'),
        size('huge pages in the heap', heapPages.huge, isSeen ? 'smaps AnonHugePages' : 'smaps AnonHugePages, with THPeligible: 1'),
      ],
      summary: isSeen
        ? `${formatBytes(refilled)} that Go gave back is resident again: the kernel put huge pages over it.`
        : `Possible: ${formatBytes(refilled)} that Go gave back is resident again, where the kernel may use huge pages; none of 2 MiB is seen now, but they may be smaller or were split.`,
      next: 'echo 0 > /sys/kernel/mm/transparent_hugepage/khugepaged/max_ptes_none on the node, or GODEBUG=disablethp=1 (Go 1.21.6 and later)',
    });
  },
};

/**
 * The weaker form of the signature: released memory is resident where huge pages of any size may come, and no other reason is known.
 * AnonHugePages counts those of 2 MiB only, and no longer after the kernel split one. What moved while the mappings were walked is not
 * counted: in 200 looks at a Prometheus, idle, under load and after it, not one had released memory resident beyond that.
 */
function isPossible({ components, released, heapPages, bracketWidth, total }: RssBook): boolean {
  return released?.reason === 'unknown' && heapPages.eligible && isLarge((components.go_released_resident ?? 0) - bracketWidth, total);
}
