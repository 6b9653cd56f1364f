import { everyGo, goRuntime } from '../../model/go-layouts.ts';
import { signedAt, wordsOf } from '../tables/memory-words.ts';
import type { HeapWords } from './counters.ts';

/** Where the runtime's three sets of heap statistics stand: how far before the other counters of memstats, and how far apart. */
export interface DeltasPlace {
  readonly before: number;
  readonly stride: number;
}

/** What their sums tell, which no other counter does. */
export interface Split {
  readonly stackInuse: number;
  readonly place: DeltasPlace;
}

const sets = Array.from({ length: goRuntime.heapStats.sets }, (_, index) => index);
const setBytes = 48;
const maxStrideBytes = 2048;
const maxGapBytes = 64;

/** Where they stand in a release that is known. */
const measured = everyGo('heapStatsDelta').map((stride) => layoutOf(goRuntime.heapStats.bytesBehind, stride));

/** The most bytes before the counters of memstats that are looked at. */
export const maxBytesBefore = sets.length * maxStrideBytes + maxGapBytes;

/**
 * Pure: finds memstats.heapStats (runtime/mstats.go, `consistentHeapStats`) in the bytes that end where memstats' own counters begin. Each
 * of its three sets begins with committed, released, inHeap, inStacks and inWorkBufs; up to Go 1.25 inPtrScalarBits follows. Only the sums
 * over the sets mean something. Four sums must equal what other counters say, to the byte: a check that depends on no mapping. A layout
 * that was not measured is found as well where `thorough`, if two sets are in use: with one alone, wrong distances to the others, which are
 * all zeros, would fit too.
 */
export function findSplit(bytes: Uint8Array, heap: HeapWords, arenas: number, thorough: boolean): Split | undefined {
  const words = wordsOf(bytes);
  for (const place of measured) {
    const split = splitAt(words, place, heap, arenas);
    if (split !== undefined) return split;
  }
  if (!thorough) return undefined;
  for (let gap = 8; gap <= maxGapBytes; gap += 8) {
    for (let stride = setBytes; stride <= maxStrideBytes; stride += 8) {
      const split = splitAt(words, layoutOf(gap, stride), heap, arenas);
      if (split !== undefined && inUse(words, split.place) > 1) return split;
    }
  }
  return undefined;
}

/** Pure: the same where the place is known; `undefined` when the sets contradict the other counters, as they do for moments. */
export function knownSplit(bytes: Uint8Array, place: DeltasPlace, heap: HeapWords, arenas: number): Split | undefined {
  return splitAt(wordsOf(bytes), place, heap, arenas);
}

function splitAt(words: Uint32Array, place: DeltasPlace, heap: HeapWords, arenas: number): Split | undefined {
  if (place.before > words.length * 4) return undefined;
  if (sumOf(words, place, 2) !== heap.heapInUse) return undefined; // inHeap: nearly all wrong places end here
  const released = sumOf(words, place, 1);
  if (released !== heap.heapReleased || sumOf(words, place, 0) !== arenas - released) return undefined;
  const stackInuse = sumOf(words, place, 3);
  const workBuffers = sumOf(words, place, 4);
  const gcWork = arenas - heap.heapInUse - heap.heapReleased - heap.heapFree - stackInuse;
  if (stackInuse < 0 || workBuffers < 0 || (gcWork !== workBuffers && gcWork !== workBuffers + sumOf(words, place, 5))) return undefined;
  return { stackInuse, place };
}

function sumOf(words: Uint32Array, { before, stride }: DeltasPlace, member: number): number {
  const start = words.length - before / 4 + 2 * member;
  let sum = 0;
  for (const set of sets) sum += signedAt(words, start + set * (stride / 4));
  return sum;
}

function inUse(words: Uint32Array, { before, stride }: DeltasPlace): number {
  const start = words.length - before / 4;
  return sets.filter((set) =>
    words
      .subarray(start + set * (stride / 4))
      .subarray(0, setBytes / 4)
      .some((word) => word !== 0),
  ).length;
}

function layoutOf(gap: number, stride: number): DeltasPlace {
  return { before: gap + sets.length * stride, stride };
}
