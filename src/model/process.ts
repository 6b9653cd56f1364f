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
  /** Locked by mlock(2), mlockall(2), memfd_secret(2): the kernel never takes it back. Pages that were never touched count, too. */
  readonly vmLck?: Bytes | undefined;
  /** Pinned by the kernel for devices and rings (io_uring's buffers, perf's rings): it may stand outside of RSS, and of the container. */
  readonly vmPin?: Bytes | undefined;
  /** Huge pages of hugetlbfs: outside of RSS. */
  readonly hugetlbPages?: Bytes | undefined;
  readonly threads: number | undefined;
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
  /** At most so much did read(2) give it out of the page cache; absent where the lists of the cache say what is in use (kernel/host.ts). */
  readonly readFromCache?: Bytes | undefined;
}

/** One kind of file that is open, by what stands behind its descriptors. */
export interface OpenKind {
  /** BPF maps by their id; of all others descriptors, for their files have one inode together. */
  readonly count: number;
  /** What the kernel says that they hold, which is `memlock` of BPF maps. Absent where it does not say. */
  readonly bytes?: Bytes | undefined;
}

/** What stands behind the descriptors of a process, if it holds memory that no mapping shows. Sockets and pipes are counted by inode. */
export interface OpenFiles {
  readonly descriptors: number;
  readonly sockets: number;
  /** Of them, those of TCP in the network namespace that the process is in. */
  readonly tcpSockets: number | undefined;
  /**
   * Bytes that its own TCP sockets have sent and the other side has not taken: sendfile(2) holds page cache there. `tx_queue`, and
   * `rx_queue` of the other end where that is in the same network namespace. Absent where it can't be told.
   */
  readonly sendQueues: Bytes | undefined;
  /** How many of its sockets that is of. */
  readonly sending: number | undefined;
  /** The most page cache it can hold: of sockets with 16 KiB and more whole folios of 2 MiB (2.8 MiB sent of a file of 4 held all 4). */
  readonly sendHeld: Bytes | undefined;
  /** Bytes that wait in its own TCP sockets to be read (`rx_queue`). */
  readonly receiveQueues: Bytes | undefined;
  readonly pipes: number;
  /** anon_inode: [io_uring], bpf-map, [perf_event], [eventfd], inotify and so on, by that name without brackets. */
  readonly anonInodes: Readonly<Record<string, OpenKind>>;
  /** memfd, and deleted files of tmpfs, by inode: they hold memory and no mount lists them. The 3 largest. Paths are hostile. */
  readonly deleted: {
    readonly count: number;
    /** How many of them it is not known of what they hold; `bytes` is what the others do. */
    readonly unsized: number;
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
