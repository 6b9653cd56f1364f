import type { OpenFiles } from '../../model/process.ts';
import { formatBytes, mebibyte } from '../../model/units.ts';

/** Kernel memory that stands behind a process's open files, by kind. */
export interface BehindDescriptors {
  /** `2 BPF maps`, `66 pipes of up to 1.00 MiB`. */
  readonly named: string;
  readonly count: number;
  /** What the kernel says that they take. */
  readonly bytes: number | undefined;
  /** What they may well take, where it does not say; NaN where nobody knows. */
  readonly most: number;
  /** What makes it less. */
  readonly next: string;
}

/** As much as a pipe can be made to hold without CAP_SYS_RESOURCE: /proc/sys/fs/pipe-max-size. F_GETPIPE_SZ is for its own alone. */
const pipeBytes = mebibyte;

/** 32 768 entries, of which the kernel takes no more, are 4 MiB; of 128 bytes each and with completions of 32, 8 (io_uring_setup(2)). */
const ringBytes = 8 * mebibyte;

/**
 * What a UNIX socket holds on its way is bounded by buffers, which can be enlarged: 16 pairs held 64 MiB. An empty UDP socket takes 2.6 kB.
 */
const socketBytes = 2 * mebibyte;

/** Of files that are small, and count when many: measured on Linux 6.18, 415 bytes an eventfd, 646 with its entry in an epoll. */
const smallFileBytes = 1024;

/**
 * Pure: the kinds of open files that kernel memory may stand behind, those first that can have most of it. The kernel says of BPF maps
 * alone what they take. `withSlabs`: small objects are counted in the same number, as on cgroup v1.
 */
export function behindDescriptors(open: OpenFiles, withSlabs: boolean): readonly BehindDescriptors[] {
  const { 'bpf-map': maps, io_uring, inotify, fanotify, ...others } = open.anonInodes;
  const small = Object.entries(others).toSorted(([, one], [, other]) => other.count - one.count);
  const smallNames = small.slice(0, 2).map(([name]) => name);
  const kinds: readonly BehindDescriptors[] = [
    {
      named: counted(maps?.count ?? 0, 'BPF map', 'BPF maps'),
      count: maps?.count ?? 0,
      bytes: maps?.bytes,
      most: maps?.bytes ?? Number.POSITIVE_INFINITY,
      next: 'bpftool map show: which are they? Fewer max_entries (cilium/ebpf: MapSpec.MaxEntries); with BPF_F_NO_PREALLOC a hash map grows as entries come',
    },
    kind(io_uring?.count ?? 0, 'io_uring ring', 'io_uring rings', ringBytes, 'fewer rings, or fewer entries in each: io_uring_setup(2)'),
    kind(
      open.pipes,
      `pipe of up to ${formatBytes(pipeBytes)}`,
      `pipes of up to ${formatBytes(pipeBytes)}`,
      pipeBytes,
      'read what is written to them, or close them: ls -l /proc/PID/fd shows both ends by one number',
    ),
    kind(
      open.sockets - (open.tcpSockets ?? 0),
      'socket other than TCP',
      'sockets other than TCP',
      socketBytes,
      'ss -xmp and ss -ump: who does not read? Then read or close them, or SetWriteBuffer',
    ),
  ];
  const slabs = [
    kind(
      small.reduce((sum, [, { count }]) => sum + count, 0),
      smallNames.join(' and '),
      smallNames.join(' and '),
      smallFileBytes,
      'close them: ls -l /proc/PID/fd, twice, shows which grow in number',
    ),
    kind(
      (inotify?.count ?? 0) + (fanotify?.count ?? 0),
      'inotify, whose watches keep inodes',
      'inotify, whose watches keep inodes',
      Number.NaN,
      '',
    ),
  ];
  return [...kinds, ...(withSlabs ? slabs : [])]
    .filter(({ count }) => count > 0)
    .toSorted((one, other) => (other.most || 0) - (one.most || 0));
}

function kind(count: number, one: string, many: string, each: number, next: string): BehindDescriptors {
  return { named: counted(count, one, many), count, bytes: undefined, most: count * each, next };
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
