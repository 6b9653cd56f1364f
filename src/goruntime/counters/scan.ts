import { goRuntime } from '../../model/go-layouts.ts';
import { wordsOf } from '../tables/memory-words.ts';
import { type HeapWords, heapWords, type SysWords, sysWords, windowSize } from './counters.ts';

/** What no counter can exceed: the bytes of address space that the process holds as private anonymous memory. */
export interface CounterBounds {
  readonly anonymous: number;
}

/** The first three counters are multiples of the runtime's page; what mapped memory has beyond the others is one of an arena's step. */
const { pageSize, pallocChunkBytes: arenaStep } = goRuntime;

/**
 * Pure: the addresses in a piece of the program's data where six words stand that can be heapInUse, heapReleased, heapFree, totalAlloc,
 * totalFree and mappedReady of the runtime's gcController, which stand in this order since Go 1.19 (runtime/mgcpacer.go).
 */
export function findHeapWords(bytes: Uint8Array, address: number, bounds: CounterBounds): number[] {
  const words = wordsOf(bytes);
  const hits: number[] = [];
  for (let index = 0; index + windowSize / 4 <= words.length; index += 2) {
    const low = words[index] ?? 0;
    if (low % pageSize !== 0 || (low === 0 && words[index + 1] === 0)) continue; // most words end here: zeros and pointers
    if (canBeHeap(heapWords(words, index), bounds)) hits.push(address + index * 4);
  }
  return hits;
}

/** Whether six words can be the heap's counters. Not a proof: that is the sums that they must be part of. */
export function canBeHeap(six: HeapWords, { anonymous }: CounterBounds): boolean {
  const { heapInUse, heapReleased, heapFree, totalAlloc, totalFree, mappedReady } = six;
  if (!(heapInUse > 0 && heapInUse % pageSize === 0 && heapReleased % pageSize === 0 && heapFree % pageSize === 0)) return false;
  const live = totalAlloc - totalFree;
  if (!(live > 0 && live <= heapInUse)) return false;
  return mappedReady >= heapInUse + heapFree && mappedReady + heapReleased <= anonymous;
}

/**
 * Pure: the addresses in a piece of the program's data where six words stand that can be stacks_sys, mspan_sys, mcache_sys, buckhash_sys,
 * gcMiscSys and other_sys of the runtime's memstats, given one set of heap counters: what they leave of all mapped memory must be the
 * arenas'.
 */
export function findSysWords(bytes: Uint8Array, address: number, heap: HeapWords): number[] {
  const words = wordsOf(bytes);
  const hits: number[] = [];
  const wanted = (heap.mappedReady + heap.heapReleased) % arenaStep;
  let sum = 0; // of the low halves of six words: enough modulo 4 MiB
  for (let index = 0; index < words.length; index += 2) {
    sum += words[index] ?? 0;
    if (index < 10) continue;
    if (sum % arenaStep === wanted && arenasOf(heap, sysWords(words, index - 10)) !== undefined) hits.push(address + (index - 10) * 4);
    sum -= words[index - 10] ?? 0;
  }
  return hits;
}

/** The bytes of arenas that follow from both sets of counters; `undefined` when they can't be of one runtime. */
export function arenasOf(heap: HeapWords, sys: SysWords): number | undefined {
  // a runtime that runs has spans, caches of them, GC bitmaps and the profiler's or the scheduler's memory
  if (!(sys.mspanSys > 0 && sys.mcacheSys > 0 && sys.gcMiscSys > 0 && sys.otherSys > 0)) return undefined;
  const others = sys.stacksSys + sys.mspanSys + sys.mcacheSys + sys.buckHashSys + sys.gcMiscSys + sys.otherSys;
  const arenas = heap.mappedReady + heap.heapReleased - others;
  const fits = arenas % arenaStep === 0 && arenas >= heap.heapInUse + heap.heapReleased + heap.heapFree;
  return fits && Number.isFinite(heap.totalAlloc - heap.totalFree) ? arenas : undefined; // NaN fits nothing
}
