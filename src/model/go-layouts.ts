import { kibibyte, mebibyte } from './units.ts';

/** The bits of an address that the runtime counts with (heapAddrBits of runtime/malloc.go). */
const heapAddrBits = 48;

/**
 * What the Go runtime's memory comes in on 64-bit Linux: the same in every release from 1.19 to the last of `goLayouts`, by Go's names,
 * each with the file of Go's source that has it. test/model/go-layouts.test.ts holds all of it against what compiled programs say of their
 * own runtime.
 */
export const goRuntime = {
  /** runtime/malloc.go: what spans are counted in. */
  pageSize: 8 * kibibyte,
  /** runtime/malloc.go: the heap is reserved in blocks of it, each at a multiple of it. */
  heapArenaBytes: 64 * mebibyte,
  /** runtime/malloc.go, 2^arenaL2Bits addresses of heapArenas: mheap.arenas, which no account of MemStats' holds. */
  arenaIndexBytes: 2 ** (heapAddrBits - 26) * 8,
  /** runtime/malloc.go, arenaBaseOffset on amd64 less its upper bits: indexes count from the lowest address. Elsewhere it is 0. */
  arenaBaseOffsetAmd64: 2 ** 47,
  /** runtime/malloc.go, mallocinit: where the heap begins up to 1.25, if the address is free. */
  firstArenaHint: 0xc000000000,
  /** runtime/malloc.go: what persistentalloc takes small things from. */
  persistentChunkSize: 256 * kibibyte,
  /** runtime/mpagealloc.go: reserved heap becomes usable in steps of it, and a bitmap is about it. */
  pallocChunkBytes: 4 * mebibyte,
  /** runtime/mpagealloc_64bit.go, 2^pallocChunksL1Bits tables of 2^pallocChunksL2Bits bitmaps: pageAlloc.chunks. */
  pallocTables: 2 ** 13,
  pallocChunksOfTable: 2 ** 13,
  /** runtime/mpagealloc_64bit.go, levelBits: how many summaries the first level has, and each other one for one of the level above. */
  summaryLevels: 5,
  summariesOfFirstLevel: 2 ** 14,
  summariesOfNextLevel: 2 ** 3,
  /** runtime/mgcscavenge.go, 1.19 and 1.20: bits of scavengeIndex.chunks, one for each chunk of the address space. */
  scavengeIndexBytes: 2 ** heapAddrBits / (4 * mebibyte) / 8,
  /** runtime/mprof.go: places in the profiler's hash table; of a `bucket` in it, where its kind (1 to 3) and its hash stand. */
  buckHashSize: 179_999,
  bucket: { typ: 16, hash: 24, kinds: 3 },
  /** runtime/mheap.go: what the heap's mark and allocation bits are taken from, and what stands before them (free, next). */
  gcBitsChunkBytes: 64 * kibibyte,
  gcBitsHeaderBytes: 16,
  /** runtime/mheap.go, recordspan: addresses in mheap.allspans at first; half as many more each time. */
  allspansAtFirst: (64 * kibibyte) / 8,
  /** runtime/mheap.go: where a span's descriptor has its first address; the number of its pages follows. */
  mspan: { startAddr: 24 },
  /** runtime/mgcpacer.go: the heap's least goal, at GOGC=100. */
  defaultHeapMinimum: 4 * mebibyte,
  /** runtime/mgcpacer.go: what is kept free below GOMEMLIMIT: 3 % of what it leaves for the heap (not in 1.19), and 1 MiB at least. */
  memoryLimitHeadroom: { percent: 3, least: mebibyte },
  /** runtime/mgcpacer.go, heapGoalInternal: what a collection that was triggered has to have before its goal. */
  minRunway: 64 * kibibyte,
  /** runtime/mgcpacer.go: members of gcControllerState from its beginning on, and others that stand so far before its heapInUse. */
  gcController: {
    fromStart: { gcPercent: 0, memoryLimit: 8, heapMinimum: 16 },
    beforeHeapInUse: {
      gcPercentHeapGoal: 200,
      sweepDistMinTrigger: 192,
      triggered: 184,
      lastStackScan: 144,
      globalsScan: 128,
      heapMarked: 120,
    },
  },
  /**
   * runtime/mstats.go, consistentHeapStats: how many heapStatsDelta there are, and what is between them and memstats' counters (gen, a
   * lock).
   */
  heapStats: { sets: 3, bytesBehind: 16 },
} as const;

/** What differs from release to release, in bytes. */
export interface GoLayout {
  /** Go 1.`minor`. */
  readonly minor: number;
  /** runtime/mheap.go: the size of a heapArena, which the runtime keeps of each block of the heap. */
  readonly heapArena: number;
  /** runtime/mheap.go: where heapArena.spans begins. Before it: in 1.19 two bits for each word of the block, up to 1.21 one. */
  readonly spans: number;
  /** runtime/mheap.go: where an mspan has the address of its allocBits; gcmarkBits follows. */
  readonly allocBits: number;
  /** runtime/mgcpacer.go: where gcControllerState has its six counters from heapInUse on. */
  readonly heapInUse: number;
  /** runtime/mstats.go: the size of a heapStatsDelta. inPtrScalarBits is its sixth member up to 1.24. */
  readonly heapStatsDelta: number;
}

/** Each release of Go that memgap was tried with, oldest first: what the runtime's structures look like in it. */
export const goLayouts: readonly GoLayout[] = [
  { minor: 19, heapArena: 2_165_776, spans: 2_097_152, allocBits: 72, heapInUse: 304, heapStatsDelta: 1176 },
  { minor: 20, heapArena: 1_133_584, spans: 1_064_960, allocBits: 72, heapInUse: 248, heapStatsDelta: 1176 },
  { minor: 21, heapArena: 1_133_584, spans: 1_064_960, allocBits: 72, heapInUse: 272, heapStatsDelta: 1176 },
  { minor: 22, heapArena: 68_624, spans: 0, allocBits: 64, heapInUse: 272, heapStatsDelta: 1176 },
  { minor: 23, heapArena: 68_624, spans: 0, allocBits: 64, heapInUse: 272, heapStatsDelta: 1176 },
  { minor: 24, heapArena: 68_624, spans: 0, allocBits: 64, heapInUse: 272, heapStatsDelta: 1176 },
  { minor: 25, heapArena: 69_648, spans: 0, allocBits: 64, heapInUse: 272, heapStatsDelta: 1168 },
  { minor: 26, heapArena: 69_648, spans: 0, allocBits: 64, heapInUse: 272, heapStatsDelta: 1168 },
  { minor: 27, heapArena: 69_648, spans: 0, allocBits: 64, heapInUse: 272, heapStatsDelta: 1168 },
];

/** A release of Go: 1.24.4 is minor 24, patch 4. */
export interface GoVersion {
  readonly text: string;
  readonly minor: number;
  readonly patch: number;
}

/** Reads `go1.24.4`, as runtime.Version() and the executable say it; `undefined` for what is no release (`devel`). */
export function parseGoVersion(text: string): GoVersion | undefined {
  const [whole, minor, patch = 0] = /^go1\.(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return whole === undefined ? undefined : { text: whole, minor: Number(minor), patch: Number(patch) };
}

/** The values that a member has in any of the releases, each once, in ascending order. */
export function everyGo(member: Exclude<keyof GoLayout, 'minor'>): readonly number[] {
  return [...new Set(goLayouts.map((layout) => layout[member]))].sort((a, b) => a - b);
}
