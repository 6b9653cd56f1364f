import type { Bytes } from './units.ts';

/** The accounts of the Go runtime, in bytes, by runtime.MemStats' own names. */
export interface MemStats {
  readonly sys: Bytes;
  readonly heapAlloc: Bytes;
  readonly heapSys: Bytes;
  readonly heapIdle: Bytes;
  readonly heapInuse: Bytes;
  readonly heapReleased: Bytes;
  readonly stackInuse: Bytes;
  readonly stackSys: Bytes;
  readonly mspanSys: Bytes;
  readonly mcacheSys: Bytes;
  readonly buckHashSys: Bytes;
  /** Absent, with `otherSys`, in the text of very old Go; their sum follows from the first identity of the Go book. */
  readonly gcSys: Bytes | undefined;
  readonly otherSys: Bytes | undefined;
  /** Absent when the GC is off, or its goal beyond all addresses (2^48); and where the source does not tell it, which is then said. */
  readonly nextGc: Bytes | undefined;
  readonly isNextGcUnknown?: boolean;
  readonly numGc: number | undefined;
  /** Set where stacks and the GC's work buffers are not told apart: `stackInuse` and `stackSys` hold those too, and `gcSys` lacks them. */
  readonly stacksHoldGcWork?: boolean;
}

/** What one read of a Go source came to. What a source does not tell is absent. */
export interface GoNumbers {
  readonly memstats: MemStats;
  /** getrusage's ru_maxrss, which survives exec: an upper bound of the peak. */
  readonly maxRss?: Bytes;
  readonly residentMemory?: Bytes;
  /** Unix seconds. */
  readonly processStartTime?: number;
  readonly goroutines?: number;
  readonly threads?: number;
  readonly goVersion?: string;
  readonly memoryLimit?: GoLimit<Bytes>;
  /** GOGC as a ratio: 1 for GOGC=100. */
  readonly gogc?: GoLimit<number>;
}

/** What the environment that a program was started with tells the runtime. */
export interface GoEnvironment {
  /** Absent where GOMEMLIMIT is no number that Go takes. */
  readonly memoryLimit: GoLimit<Bytes> | undefined;
  /** GOGC as a ratio; 1, its default, where it is not set. */
  readonly gogc: GoLimit<number>;
}

/** A setting of the runtime that can be switched off. */
export type GoLimit<T> = T | 'off';

/** The counts that the pprof index page shows. */
export interface ProfileCounts {
  readonly goroutines: number | undefined;
  readonly threads: number | undefined;
}

/** What the ELF file behind /proc/PID/exe says of its build (debug/buildinfo). */
export interface BuildInfo {
  readonly goVersion: string;
  readonly mainModule: string | undefined;
  readonly goarch: string | undefined;
  readonly cgo: boolean | undefined;
  /** `-race`, `-msan` and `-asan` builds lay the heap out by rules of their own (runtime/malloc.go). */
  readonly instrumented: boolean;
  /** Built with `-race`: the detector's shadow memory takes two bytes or more for each that Go's heap ever had. */
  readonly race?: boolean;
  /** k8s.io/client-go is among its modules: it may have informers. */
  readonly clientGo?: boolean;
}

/** What the runtime's own counters in the target's memory say: read without any endpoint. */
export interface RuntimeCounters {
  readonly heapInUse: Bytes;
  readonly heapReleased: Bytes;
  readonly heapFree: Bytes;
  readonly totalAlloc: number;
  readonly totalFree: number;
  readonly mappedReady: Bytes;
  readonly stacksSys: Bytes;
  readonly mspanSys: Bytes;
  readonly mcacheSys: Bytes;
  readonly buckHashSys: Bytes;
  readonly gcMiscSys: Bytes;
  readonly otherSys: Bytes;
  /** Absent where the runtime's own sum of it was not found: it is then known only together with the GC's work buffers. */
  readonly stackInuse: Bytes | undefined;
  /** Absent in a layout that was not proven. */
  readonly pacer?: { readonly gogc: GoLimit<number>; readonly memoryLimit: GoLimit<Bytes>; readonly nextGc: Bytes | undefined } | undefined;
}
