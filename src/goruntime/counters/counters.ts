import { wordAt } from '../tables/memory-words.ts';

/** Both sets of counters are six 64-bit words. */
export const windowSize = 48;

/** Six words of the runtime's gcController (runtime/mgcpacer.go, Go 1.19 and later), in their order. */
export interface HeapWords {
  readonly heapInUse: number;
  readonly heapReleased: number;
  readonly heapFree: number;
  readonly totalAlloc: number;
  readonly totalFree: number;
  readonly mappedReady: number;
}

/** Six words of the runtime's memstats (runtime/mstats.go), in their order. */
export interface SysWords {
  readonly stacksSys: number;
  readonly mspanSys: number;
  readonly mcacheSys: number;
  readonly buckHashSys: number;
  readonly gcMiscSys: number;
  readonly otherSys: number;
}

/** The counters at an even index of the words; NaN for what can be none. */
export function heapWords(words: Uint32Array, index: number): HeapWords {
  return {
    heapInUse: wordAt(words, index),
    heapReleased: wordAt(words, index + 2),
    heapFree: wordAt(words, index + 4),
    totalAlloc: wordAt(words, index + 6),
    totalFree: wordAt(words, index + 8),
    mappedReady: wordAt(words, index + 10),
  };
}

/** The counters at an even index of the words; NaN for what can be none. */
export function sysWords(words: Uint32Array, index: number): SysWords {
  return {
    stacksSys: wordAt(words, index),
    mspanSys: wordAt(words, index + 2),
    mcacheSys: wordAt(words, index + 4),
    buckHashSys: wordAt(words, index + 6),
    gcMiscSys: wordAt(words, index + 8),
    otherSys: wordAt(words, index + 10),
  };
}
