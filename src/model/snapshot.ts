import type { Reading } from './reading.ts';
import type { Bytes } from './units.ts';

/** One process over its life. Pids are reused, so a pid alone is no identity. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks (100 a second on every Linux port) from boot to start. */
  readonly startTicks: number;
  /** Unix seconds, from btime of /proc/stat and `startTicks`. */
  readonly startTime: number;
  /** Where its program lies in memory, which no page shows: all that execve(2) changes here. Absent without the right to know it. */
  readonly program?: string;
}

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
  readonly nextGcUntold?: boolean;
  readonly numGc: number | undefined;
  /** Set where the source could not tell stacks from the GC's work buffers: `stackInuse` and `stackSys` hold those too, and `gcSys` lacks them. */
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

/** The lines of /proc/PID/status that the ledger books. A line that this kernel does not have is absent. */
export interface ProcessStatus {
  readonly name: string;
  /** The pid of its parent; 0 where that is outside of memgap's pid namespace. */
  readonly parent?: number | undefined;
  /** Address space that is mapped, reservations included. */
  readonly vmSize?: Bytes | undefined;
  readonly vmRss: Bytes;
  readonly vmHwm: Bytes | undefined;
  readonly rssAnon: Bytes | undefined;
  readonly rssFile: Bytes | undefined;
  readonly rssShmem: Bytes | undefined;
  readonly vmSwap: Bytes | undefined;
  readonly vmPte: Bytes | undefined;
  /** Locked by mlock(2), mlockall(2), memfd_secret(2): the kernel never takes it back. Pages of a range that were never touched count, too. */
  readonly vmLck?: Bytes | undefined;
  /** Pinned by the kernel for devices and rings (io_uring's buffers, perf's rings): it may stand outside of RSS, and of the container. */
  readonly vmPin?: Bytes | undefined;
  /** Huge pages of hugetlbfs: outside of RSS. */
  readonly hugetlbPages?: Bytes | undefined;
  readonly threads: number | undefined;
}

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

/** A reading that is made more rarely than the snapshot, with the time it was made (Unix seconds). */
export interface Aged<T> {
  readonly value: T;
  readonly at: number;
}

/** What a process has done since it started. */
export interface ProcessActivity {
  /** User and system time of all its threads, in seconds. */
  readonly cpuSeconds: number;
  /** Faults that had to wait for a disk. */
  readonly majorFaults: number;
  /** Bytes that had to be fetched from a disk for it (read_bytes of /proc/PID/io); absent without the right to trace it. */
  readonly readBytes: Bytes | undefined;
  /** Bytes that it made dirty in the page cache (write_bytes of the same), whether they were written or the file was deleted first. */
  readonly writtenBytes?: Bytes | undefined;
}

/** One kind of file that is open, by what stands behind its descriptors. */
export interface OpenKind {
  /** BPF maps by their id; of all others descriptors, for their files have one inode together. */
  readonly count: number;
  /** What the kernel says that they hold, which is `memlock` of BPF maps. Absent where it does not say. */
  readonly bytes?: Bytes | undefined;
}

/** What stands behind the descriptors of a process, as far as it holds memory that no mapping shows. Sockets and pipes are counted by inode. */
export interface OpenFiles {
  readonly descriptors: number;
  readonly sockets: number;
  /** Of them, those of TCP in the network namespace that the process is in. */
  readonly tcpSockets: number | undefined;
  /**
   * Bytes that its own TCP sockets have sent and the other side has not taken: sendfile(2) holds page cache there. `tx_queue`, and `rx_queue` of the other end
   * where that is in the same network namespace. Absent where it can't be told.
   */
  readonly sendQueues: Bytes | undefined;
  /** How many of its sockets that is of. */
  readonly sending: number | undefined;
  /** As much page cache as that can hold: each socket's of 16 KiB and more in whole folios of 2 MiB, which are held whole (2.8 MiB sent of a file of 4 held all 4). */
  readonly sendHeld: Bytes | undefined;
  /** Bytes that wait in its own TCP sockets to be read (`rx_queue`). */
  readonly receiveQueues: Bytes | undefined;
  readonly pipes: number;
  /** anon_inode: [io_uring], bpf-map, [perf_event], [eventfd], inotify and so on, by that name without brackets. */
  readonly anonInodes: Readonly<Record<string, OpenKind>>;
  /** memfd, and deleted files of tmpfs, by inode: they hold memory and no mount lists them. The largest by size, at most 3. Paths are hostile. */
  readonly deleted: {
    readonly count: number;
    /** How many of them it is not known of what they hold; `bytes` is what the others do. */
    readonly untold: number;
    readonly bytes: Bytes;
    readonly largest: ReadonlyArray<{ readonly path: string; readonly bytes: Bytes }>;
  };
}

/** The limits of /proc/PID/limits that matter to memory; `unlimited` is absent. */
export interface ProcessLimits {
  readonly stack: Bytes | undefined;
  readonly addressSpace: Bytes | undefined;
  readonly lockedMemory: Bytes | undefined;
}

/** memory.stat of cgroup v1 or v2 under one set of names; what a kernel does not tell is absent. */
export interface CgroupStat {
  readonly anon: Bytes | undefined;
  /** The whole page cache, shmem included (v2 `file`, v1 `total_cache`). */
  readonly file: Bytes | undefined;
  readonly shmem: Bytes | undefined;
  readonly kernel: Bytes | undefined;
  readonly kernelStack: Bytes | undefined;
  readonly pageTables: Bytes | undefined;
  readonly percpu: Bytes | undefined;
  readonly vmalloc: Bytes | undefined;
  readonly slabReclaimable: Bytes | undefined;
  readonly slabUnreclaimable: Bytes | undefined;
  readonly zswap: Bytes | undefined;
  readonly sock: Bytes | undefined;
  readonly hugetlb: Bytes | undefined;
  readonly dirty: Bytes | undefined;
  readonly writeback: Bytes | undefined;
  readonly swapCached: Bytes | undefined;
  readonly activeFile: Bytes | undefined;
  readonly inactiveFile: Bytes | undefined;
  readonly activeAnon?: Bytes | undefined;
  readonly inactiveAnon?: Bytes | undefined;
  /** On the list of what can't be taken back: locked pages, of files and of anonymous memory, and tmpfs that is locked. */
  readonly unevictable?: Bytes | undefined;
  /** Anonymous memory in huge pages of 2 MiB (v2 `anon_thp`, v1 `total_rss_huge`). */
  readonly anonHuge?: Bytes | undefined;
  /** Of `file`, what some process has mapped. */
  readonly mappedFile?: Bytes | undefined;
  /** Counters since the group was made: file pages that were taken back and soon needed again, and faults that had to wait for a disk. */
  readonly refaultedFile?: number | undefined;
  readonly majorFaults?: number | undefined;
  /** All LRU lists together: every page that can be reclaimed or is locked, whether it is mapped or not. */
  readonly lists: Bytes | undefined;
}

/** One level of the cgroup tree that could be read. */
export interface CgroupLevel {
  /** The group's path below its mount, for `/explain`; never a label. */
  readonly path: string;
  readonly usage: Bytes;
  /** Absent when there is no limit (`max`). */
  readonly limit: Bytes | undefined;
  readonly high: Bytes | undefined;
  readonly stat: CgroupStat;
}

/** The target's own memory group. `levels[0]` is the group itself, the rest its visible ancestors, nearest first. */
export interface CgroupNumbers {
  readonly version: 1 | 2;
  /** How the group was found: below /proc/PID/root, or by the path of /proc/PID/cgroup. */
  readonly via: 'root' | 'path';
  readonly levels: readonly [CgroupLevel, ...CgroupLevel[]];
  /** The usage read before `levels[0].stat`; `levels[0].usage` was read after it. */
  readonly usageBefore: Bytes;
  readonly peak: Bytes | undefined;
  readonly swap: Bytes | undefined;
  readonly swapLimit: Bytes | undefined;
  /** v1 only: the tightest limit of the whole tree, also above what is visible. */
  readonly hierarchicalLimit: Bytes | undefined;
}

/** Counters of the group since it was made. */
export interface CgroupEvents {
  readonly oom: number | undefined;
  readonly oomKill: number | undefined;
  /** v1: memory.failcnt, how often usage hit the limit. */
  readonly max: number | undefined;
  readonly high: number | undefined;
}

/** Pressure stall totals of the group, in seconds. */
export interface CgroupPressure {
  readonly waiting: number;
  readonly stalled: number | undefined;
}

/** The other processes of the target's group. */
export interface OtherProcesses {
  readonly count: number;
  /** Both absent when one of them could not be read: VmRSS, and what of it is RssAnon (Linux 4.5). */
  readonly rss: Bytes | undefined;
  readonly anon: Bytes | undefined;
  /**
   * At least so many are there for another reason than the target: neither below it nor above it, in a group that is no container's or pod's by its
   * path. Absent where that could not be told.
   */
  readonly strangers?: number | undefined;
  /** The one with the most resident bytes, of those that could be read. Its name is hostile. */
  readonly largest?: { readonly pid: number; readonly name: string; readonly rss: Bytes };
}

/** How one source did in the snapshot. One that is not configured, or was not tried, has no entry. */
export type SourceOutcome = { readonly seconds: number } & (
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: Extract<Reading<never>, { ok: false }>['reason']; readonly detail: string }
);

/** How far the Go numbers moved while the process was read between them. */
export interface Bracket {
  /** |used after - used before|. */
  readonly skew: Bytes;
  readonly stable: boolean;
  readonly attempts: number;
}

/** Labels of a target, beside its name, where a discovery knows them. */
export interface TargetLabels {
  readonly namespace?: string;
  readonly pod?: string;
  readonly container?: string;
}

/** The pod that a target shares with memgap. No label of its series: a sidecar's have the pod's from the scrape. */
export interface OwnPod {
  readonly namespace: string;
  readonly pod: string;
}

/** All readings of one target, taken together. */
export interface Snapshot {
  readonly target: string;
  readonly labels: TargetLabels;
  readonly ownPod?: OwnPod | undefined;
  /** Unix seconds. */
  readonly takenAt: number;
  readonly process: Reading<ProcessIdentity>;
  readonly go: Reading<GoNumbers>;
  /** Which Go source `go` came from: a name of the list of sources. */
  readonly goSource: string | undefined;
  /** Read only where `go` does not tell the settings. */
  readonly environment: Reading<GoEnvironment>;
  readonly bracket: Reading<Bracket>;
  readonly profiles: Reading<ProfileCounts>;
  readonly build: Reading<BuildInfo>;
  readonly status: Reading<ProcessStatus>;
  readonly activity: Reading<ProcessActivity>;
  readonly openFiles: Reading<Aged<OpenFiles>>;
  /** Read only where memory reads are allowed and C's malloc holds a good part of what is resident. */
  readonly mallocHeld?: Reading<Aged<MallocHeld>>;
  readonly limits: Reading<ProcessLimits>;
  readonly rollup: Reading<Aged<SmapsRollup>>;
  readonly cgroup: Reading<CgroupNumbers>;
  readonly events: Reading<CgroupEvents>;
  readonly pressure: Reading<CgroupPressure>;
  readonly others: Reading<OtherProcesses>;
  /** The bracketed word of /sys/kernel/mm/transparent_hugepage/enabled. */
  readonly kernelThp: Reading<string>;
  /** OOM kills on this machine since it started, in whatever group; absent where the kernel does not tell it. */
  readonly machineOomKills?: number | undefined;
  readonly sources: Readonly<Record<string, SourceOutcome>>;
}

/** The last that was seen of a process that is gone: an OOM kill of a container's main process ends its group too, and leaves no other trace. */
export interface LastObservation {
  readonly pid: number;
  /** Unix seconds, both. */
  readonly startTime: number;
  readonly takenAt: number;
  readonly rss: Bytes | undefined;
  readonly used: Bytes | undefined;
  /** The container's usage, its limit, the room that was left before an OOM kill, and the highest usage of the group so far. */
  readonly usage: Bytes | undefined;
  readonly limit: Bytes | undefined;
  readonly headroom: Bytes | undefined;
  readonly peak: Bytes | undefined;
  /** The most, of all that was seen of it, that could not be taken back, and that was not Go's of that. */
  readonly unreclaimable: Bytes | undefined;
  readonly notGo: Bytes | undefined;
  /** The same with the heap at its goal, and the file pages that it used (history/figures.ts: `at_goal`, `files_in_use`). */
  readonly atGoal?: Bytes | undefined;
  readonly filesInUse?: Bytes | undefined;
  /** OOM kills in its group so far. */
  readonly oomKills?: number | undefined;
  readonly machineOomKills?: number | undefined;
  /** What of it rose most while it was watched, in words. */
  readonly grew?: { readonly what: string; readonly size: number } | undefined;
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
export interface PresentRange {
  readonly start: number;
  readonly end: number;
  readonly present: Bytes;
  /** Bytes of each stretch of it, by address, that is wholly present and 128 KiB long or more: what somebody filled, where Go touches here and there. */
  readonly runs?: readonly number[];
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

/** What glibc's malloc says of itself in the target's memory. */
export interface MallocChunks {
  /** What blocks cover that it mapped one by one, each block's size leading to the next header. */
  readonly ranges: ReadonlyArray<{ readonly start: number; readonly end: number }>;
  /** Start addresses of 64 MiB blocks that are heaps of its threads' arenas, by what stands at their start. */
  readonly heaps: readonly number[];
  /** Start addresses of such blocks that were looked at and are none. */
  readonly others: readonly number[];
}

/** What heaps of C's malloc hold, by their chunks, brk's included; those whose chunks could be gone through from the first to the last. Resident bytes. */
export interface MallocHeld {
  readonly resident: Bytes;
  /** Freed by the program and kept, at least: small chunks that a thread keeps for itself look in use. */
  readonly free: Bytes;
  /** Of `free`, what malloc_trim(3) gives back: whole pages. */
  readonly trimmable: Bytes;
}

/** Which anonymous memory is the Go runtime's own, as its tables in the target's memory tell. */
export interface RuntimeOwnMemory {
  readonly ranges: ReadonlyArray<{ readonly start: number; readonly end: number }>;
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
