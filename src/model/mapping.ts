import type { AddressRange } from './address-range.ts';
import type { BuildInfo, MemStats } from './go.ts';
import type { Reading } from './reading.ts';
import type { Bytes } from './units.ts';

/** The lines of /proc/PID/smaps_rollup that the ledger books. */
export interface SmapsRollup {
  readonly rss: Bytes;
  readonly pss: Bytes | undefined;
  readonly anonymous: Bytes;
  /** Given back with MADV_FREE and not yet reclaimed: still counted in `rss` (golang/go#33376). */
  readonly lazyFree: Bytes;
  readonly anonHugePages: Bytes | undefined;
  readonly swap: Bytes | undefined;
  readonly locked: Bytes | undefined;
  /** Merged with equal pages (Linux 6.7): in `rss` and `anonymous` as often as it is mapped, charged to a container as good as once. */
  readonly ksm?: Bytes | undefined;
}

/** One mapping of /proc/PID/smaps; sizes in bytes. See proc_pid_smaps(5). */
export interface Mapping {
  /** Addresses: whole numbers below 2^53 (vsyscall, which lies above, is no memory of the process and is left out). */
  readonly start: number;
  readonly end: number;
  /** `rw-p` and the like. */
  readonly permissions: string;
  readonly offset: number;
  /** `major:minor`, hexadecimal, as the file has it. */
  readonly device: string;
  readonly inode: number;
  /** The path or the name in brackets as the file has it; empty for an anonymous mapping without a name. Hostile. */
  readonly path: string;
  readonly rss: Bytes;
  /** Each page's share of it: divided by how many processes have it mapped. */
  readonly pss?: Bytes;
  /** Shared_Dirty and Private_Dirty: written since it was read from its file, or in no file at all; the anonymous pages are among them. */
  readonly dirty?: Bytes;
  readonly anonymous: Bytes;
  /** Of `anonymous`, merged with equal pages by the kernel, pages of zeros left out (Linux 6.7). */
  readonly ksm?: Bytes | undefined;
  readonly swap: Bytes;
  readonly lazyFree: Bytes;
  readonly anonHugePages: Bytes;
  readonly locked: Bytes;
  readonly thpEligible: boolean | undefined;
  /** The two-letter words of VmFlags, in one string: `rd wr mr mw me ac nh`; empty where the kernel does not print them (before 3.8). */
  readonly flags: string;
}

/** The executable as its ELF header describes it. */
export interface ExeImage {
  /** readlink(/proc/PID/exe) without ` (deleted)`. Hostile. */
  readonly path: string;
  readonly device: string | undefined;
  readonly inode: number | undefined;
  /** ET_DYN: its mappings lie a load bias above the addresses of the segments. */
  readonly positionIndependent: boolean;
  /** PT_LOAD segments, by address. */
  readonly segments: ReadonlyArray<{
    readonly address: number;
    readonly fileSize: number;
    readonly memorySize: number;
    readonly writable: boolean;
  }>;
}

/** How many bytes of a range of addresses are present, by /proc/PID/pagemap (the shared zero page counts). */
export interface PresentRange extends AddressRange {
  readonly present: Bytes;
  /** Bytes of each stretch of it, by address, wholly present and of 128 KiB or more: what somebody filled; Go touches here and there. */
  readonly runs?: readonly number[];
}

/** What glibc's malloc says of itself in the target's memory. */
export interface MallocChunks {
  /** What blocks cover that it mapped one by one, each block's size leading to the next header. */
  readonly ranges: readonly AddressRange[];
  /** Start addresses of 64 MiB blocks that are heaps of its threads' arenas, by what stands at their start. */
  readonly heaps: readonly number[];
  /** Start addresses of such blocks that were looked at and are none. */
  readonly others: readonly number[];
}

/** What heaps of C's malloc hold, by their chunks, brk's included; where all chunks could be gone through. Resident bytes. */
export interface MallocHeld {
  readonly resident: Bytes;
  /** Freed by the program and kept, at least: small chunks that a thread keeps for itself look in use. */
  readonly free: Bytes;
  /** Of `free`, what malloc_trim(3) gives back: whole pages. */
  readonly trimmable: Bytes;
}

/** Which anonymous memory is the Go runtime's own, as its tables in the target's memory tell. */
export interface RuntimeOwnMemory {
  readonly ranges: readonly AddressRange[];
  /** Where the tables' addresses stand, to look there at once the next time: they do not change while the program runs. */
  readonly places: RuntimeTables;
}

/** Addresses of variables of the runtime; `undefined` where what they lead to was not found. */
export interface RuntimeTables {
  /** The list of its chunks for small things. */
  readonly chunksAt: number;
  /** The index of the heap's arenas. */
  readonly arenasAt: number;
  /** The profiler's hash table. */
  readonly bucketsAt: number | undefined;
  /** The lists of allocation and mark bits, that of the next collection's. */
  readonly bitsAt: number | undefined;
  /** The list of all spans. */
  readonly spansAt: number | undefined;
  /** The page allocator's tables. */
  readonly pagesAt: number | undefined;
  /** Its summaries. */
  readonly summariesAt: number | undefined;
  /** Its index of what can be given back, up to 1.20. */
  readonly scavengingAt: number | undefined;
}

/** One walk over the mappings, with all that helps to tell whose they are. */
export interface MappingEvidence {
  readonly mappings: readonly Mapping[];
  readonly exe: Reading<ExeImage>;
  /** RLIMIT_STACK, soft; absent when unlimited or unknown: glibc then takes 2 MiB for a thread. */
  readonly stackLimit: Bytes | undefined;
  /** Of status, right before the walk. */
  readonly threads?: number | undefined;
  readonly present: Reading<readonly PresentRange[]>;
  readonly chunks: Reading<MallocChunks>;
  readonly own?: Reading<RuntimeOwnMemory>;
  /** The Go numbers right before and right after the walk, from one source; the same object twice where only one was had. */
  readonly before: Reading<MemStats>;
  readonly after: Reading<MemStats>;
  readonly build: Reading<BuildInfo>;
  /** Devices of the tmpfs mounts that the process sees, as maps spells them (`00:1a`): a path alone does not tell tmpfs from a disk. */
  readonly tmpfsDevices?: readonly string[];
}
