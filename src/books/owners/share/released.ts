import type { Identities } from '../../identities.ts';
import type { ResidentPiece } from '../component.ts';

/** Why released memory may still be resident. */
type ReleasedReason = 'lazyfree' | 'locked' | 'hugepages' | 'unknown';

/** What the kernel tells of the heap's pages, in bytes. */
export interface HeapPages {
  readonly resident: number;
  readonly swapped: number;
  /** MADV_FREE, not yet reclaimed. */
  readonly lazyFree: number;
  /** Resident in mappings that are locked (`lo`): madvise(2) does not free those. */
  readonly locked: number;
  /** AnonHugePages of mappings that may have huge pages: khugepaged fills released pages in between again. */
  readonly huge: number;
  /** Whether one of its mappings may have huge pages of any size (THPeligible): smaller ones than 2 MiB are in no AnonHugePages. */
  readonly eligible: boolean;
}

/** Released memory that is resident all the same. */
export interface ReleasedResident {
  /** Measured: in no account of Go's and free to be reclaimed. */
  readonly lazyFree: number;
  /** Beyond it: by arithmetic. */
  readonly beyond: number;
  /** At least and at most so much of HeapReleased is resident: untouched pages of the committed heap hide some of it. */
  readonly floor: number;
  readonly ceiling: number;
  /** Of `beyond`, as a whole; the figures of the evidence are in `HeapPages`. */
  readonly reason: ReleasedReason | undefined;
  /** Committed by Go and not resident, at least: never touched, or swapped out. */
  readonly notResident: number;
}

/** The pages of all pieces of the heap. A piece of a split mapping takes the mapping's other figures up to its own resident bytes. */
export function heapPagesOf(arenas: readonly ResidentPiece[]): HeapPages {
  const pages = { resident: 0, swapped: 0, lazyFree: 0, locked: 0, huge: 0, eligible: false };
  for (const { mapping, rss, start, end } of arenas) {
    const isWhole = start === mapping.start && end === mapping.end;
    pages.resident += rss;
    pages.swapped += isWhole ? mapping.swap : 0;
    pages.lazyFree += Math.min(mapping.lazyFree, rss);
    pages.locked += Math.min(mapping.locked, rss);
    pages.huge += Math.min(mapping.anonHugePages, rss);
    pages.eligible ||= mapping.thpEligible === true;
  }
  return pages;
}

/** What of the released heap is resident, as a figure and as an interval (docs/how-it-works.md#what-of-the-heap-is-resident). */
export function releasedOf(pages: HeapPages, { committed, memstats }: Identities): ReleasedResident {
  const excess = pages.resident + pages.swapped - committed;
  const beyond = Math.min(Math.max(0, excess - pages.lazyFree), pages.resident - pages.lazyFree);
  const floor = Math.max(0, pages.lazyFree, beyond + pages.lazyFree);
  return {
    lazyFree: pages.lazyFree,
    beyond,
    floor,
    ceiling: Math.max(floor, Math.min(memstats.heapReleased, pages.resident)),
    reason: reasonOf(pages, beyond),
    notResident: Math.max(0, committed - pages.resident),
  };
}

// E moves by what Go takes and gives back meanwhile: beside 64 MiB of refilled huge pages it was 63.4 (Go 1.19)
const minCoveredRatio = 0.9;

/**
 * A reason is one that covers what it explains: 4 KiB of mlock(2) at the start of the heap kept none of 61 MiB resident that huge pages had
 * filled. Where neither does, or both only together, it is not known, and `HeapPages` say how far each goes.
 */
function reasonOf({ lazyFree, locked, huge }: HeapPages, beyond: number): ReleasedReason | undefined {
  if (beyond === 0) return lazyFree > 0 ? 'lazyfree' : undefined;
  if (locked >= minCoveredRatio * beyond) return 'locked';
  return huge >= minCoveredRatio * beyond ? 'hugepages' : 'unknown';
}
