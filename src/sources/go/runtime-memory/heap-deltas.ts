import { type HeapWords, windowSize } from './counters.ts';
import { signedAt, wordsOf } from './words.ts';

/** Where the runtime's three sets of heap statistics stand: how far before the other counters of memstats, and how far apart. */
export interface DeltasPlace {
  readonly before: number;
  readonly stride: number;
}

/** What their sums tell, which no other counter does. */
export interface Split {
  readonly stackInuse: number;
  readonly gcWork: number;
}

const sets = 3;
const longestStride = 2048;
const longestGap = 64;

/** What Go 1.19 to 1.24, and 1.25 to 1.27, have: counts for 68 size classes, twice; behind the sets the generation's number and a lock. */
const measured = [layoutOf(16, 1176), layoutOf(16, 1168)];

/** The most bytes before the counters of memstats that are looked at. */
export const mostBefore = sets * longestStride + longestGap;

/**
 * Pure: finds memstats.heapStats (runtime/mstats.go, `consistentHeapStats`) in the bytes that end where memstats' own counters begin. Each of its three
 * sets begins with committed, released, inHeap, inStacks and inWorkBufs; up to Go 1.25 inPtrScalarBits follows. Only the sums over the sets mean
 * something. Four sums must equal what other counters say, to the byte: a check that depends on no mapping. A layout that was not measured is
 * found as well, if two sets are in use: with one alone, wrong distances to the others, which are all zeros, would fit too.
 */
export function findDeltas(bytes: Uint8Array, heap: HeapWords, arenas: number): DeltasPlace | undefined {
  for (const place of measured) if (splitOf(partsOf(bytes, place), heap, arenas) !== undefined) return place;
  for (let gap = 8; gap <= longestGap; gap += 8) {
    for (let stride = windowSize; stride <= longestStride; stride += 8) {
      const place = layoutOf(gap, stride);
      const parts = partsOf(bytes, place);
      const used = parts.filter((part) => part.some((byte) => byte !== 0)).length;
      if (used > 1 && splitOf(parts, heap, arenas) !== undefined) return place;
    }
  }
  return undefined;
}

function layoutOf(gap: number, stride: number): DeltasPlace {
  return { before: gap + sets * stride, stride };
}

function partsOf(bytes: Uint8Array, { before, stride }: DeltasPlace): Uint8Array[] {
  const start = bytes.length - before;
  return start < 0 ? [] : [0, 1, 2].map((set) => bytes.subarray(start + set * stride, start + set * stride + windowSize));
}

/** Pure: stacks and GC work buffers from the first 48 bytes of each set; `undefined` when the sets contradict the other counters. */
export function splitOf(parts: readonly Uint8Array[], heap: HeapWords, arenas: number): Split | undefined {
  if (parts.length !== sets) return undefined;
  const sums = [0, 0, 0, 0, 0, 0];
  for (const part of parts) {
    if (part.length < windowSize) return undefined;
    const words = wordsOf(part);
    for (const index of sums.keys()) sums[index] = (sums[index] ?? 0) + signedAt(words, 2 * index);
  }
  const [committed = 0, released = 0, inHeap = 0, stackInuse = 0, workBuffers = 0, sixth = 0] = sums;
  if (inHeap !== heap.heapInUse || released !== heap.heapReleased || committed !== arenas - released) return undefined;
  const joined = arenas - heap.heapInUse - heap.heapReleased - heap.heapFree;
  const gcWork = joined - stackInuse;
  if (stackInuse < 0 || workBuffers < 0 || (gcWork !== workBuffers && gcWork !== workBuffers + sixth)) return undefined;
  return { stackInuse, gcWork };
}
