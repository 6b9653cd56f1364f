import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabName } from '../../test/programs.ts';
import type { Subject, Surroundings } from './subject.ts';

/** A cause made on purpose. */
export interface Proof extends Surroundings {
  /** What is made, in a few words: a row of the table. */
  readonly name: string;
  /** The cause that memgap must name. */
  readonly cause: string;
  readonly lab: LabName;
  /** Makes it; resolves with the bytes that it made, by the lab or the kernel, or `undefined` where neither can tell. */
  readonly make: (subject: Subject) => Promise<number | undefined>;
  /** Polls after it, with a collection before each; 1 without one unless it says otherwise. */
  readonly collections?: number;
  /** Causes that follow from what is made, and are true. */
  readonly besides?: readonly string[];
  /** The kernel may refuse to make it: without root, or where it was built without. */
  readonly mayBeRefused?: true;
  /** What the summary must say. */
  readonly says?: RegExp;
}

const mib = 1024 ** 2;
const steps = 48;
const stepSeconds = 300;

/**
 * Every cause that can be made here. Not: page_cache_thrashing and send_queues (test/remedies), bpf_maps_uncharged (it takes CAP_BPF),
 * go121_hugepages (a broken release), kernel_slab and socket_buffers (cgroup v2: test/vm/causes.ts), executable (a large program).
 */
export const proofs: readonly Proof[] = [
  { name: 'live heap', cause: 'go_live_heap', lab: 'go-newest-pure', make: grown(128), collections: 3 },
  {
    name: 'live heap that leaks',
    cause: 'go_live_heap',
    lab: 'go-newest-pure',
    make: leaking(async ({ lab }) => {
      await lab.ask('/grow?mib=4');
      await lab.ask('/gc');
      return 4 * mib;
    }),
    collections: 3,
    says: /grows in a line: \d.* an hour/,
  },
  {
    name: 'garbage before the next collection',
    cause: 'go_gc_headroom',
    lab: 'go-newest-pure',
    make: async (subject) => {
      await subject.lab.ask('/grow?mib=128');
      for (let count = 0; count < 3; count += 1) {
        await subject.lab.ask('/gc');
        await subject.look();
      }
      return shaped('garbage', 96)(subject);
    },
    besides: ['go_live_heap'],
  },
  {
    name: 'idle heap after a load',
    cause: 'go_reserved',
    lab: 'go-newest-pure',
    make: leaked('dropped-heap', 128),
    says: /for the next load\.$/,
  },
  {
    name: 'idle heap under GOGC=off and a GOMEMLIMIT',
    cause: 'go_reserved',
    lab: 'go-newest-pure',
    environment: { GOGC: 'off', GOMEMLIMIT: '512MiB' },
    make: leaked('dropped-heap', 128),
    says: /kept until Go uses 95 % of GOMEMLIMIT \(512 MiB\), and nothing starts a collection before/,
  },
  {
    name: 'garbage with GOGC=off',
    cause: 'gogc_off',
    lab: 'go-newest-pure',
    environment: { GOGC: 'off' },
    make: shaped('garbage', 96),
  },
  { name: 'the same with the oldest Go', cause: 'gogc_off', lab: 'go1.19-pure', environment: { GOGC: 'off' }, make: shaped('garbage', 96) },
  {
    name: 'fragmented heap',
    cause: 'go_fragmentation',
    lab: 'go-newest-pure',
    make: shaped('fragmented', 128),
    collections: 3,
    besides: ['go_live_heap', 'go_startup_spike'],
  },
  { name: 'a peak of the heap that is over', cause: 'go_startup_spike', lab: 'go-newest-pure', make: peaked(256) },
  { name: 'a peak of the oldest Go that is over', cause: 'go_startup_spike', lab: 'go1.19-pure', make: peaked(256) },
  {
    name: 'a peak of native memory that is over',
    cause: 'peak_not_go',
    lab: 'go-newest-pure',
    make: unknown(shaped('native-peak', 200)),
    besides: ['go_gc_headroom'],
    says: /^A peak that was not Go's is over: (199|200|201) MiB more than now/,
  },
  {
    name: 'a peak of a mapped file that is over',
    cause: 'peak_not_go',
    lab: 'go1.19-pure',
    make: unknown(shaped('file-peak', 200)),
    besides: ['go_gc_headroom'],
    says: /^A peak that was not Go's is over: (199|200|201) MiB more than now/,
  },
  {
    name: 'tables of a heap that was large',
    cause: 'go_metadata',
    lab: 'go-newest-pure',
    make: async (subject) => {
      await subject.json('/shape/peak?mib=256');
      await subject.json('/leak/mmap?mib=256');
      return tablesOf(subject);
    },
    besides: ['native_mmap'],
  },
  { name: 'parked goroutines', cause: 'go_stacks', lab: 'go-newest-pure', make: leaked('goroutines', 128) },
  { name: 'deep stacks', cause: 'go_stacks', lab: 'go1.19-pure', make: leaked('deep-stacks', 128), says: /deep/ },
  {
    name: 'goroutines that leak',
    cause: 'go_stacks',
    lab: 'go-newest-pure',
    make: leaking(async ({ json }) => (await json('/leak/goroutines?mib=4')).injected ?? Number.NaN),
    says: /leak of goroutines/,
  },
  {
    name: 'traces of the profiler',
    cause: 'go_profiler_buckets',
    lab: 'go-newest-pure',
    make: shaped('traces', 64),
    // the collections on the way: the tables of a small heap pass 4 MiB, and are named with the 3 MiB that they always had
    besides: ['go_metadata'],
  },
  { name: 'never touched', cause: 'go_untouched', lab: 'go-newest-pure', make: leaked('untouched', 128, 'not_resident') },
  {
    name: 'MADV_FREE',
    cause: 'madv_free',
    lab: 'go-newest-pure',
    environment: { GODEBUG: 'madvdontneed=0' },
    make: leaked('lazily-freed', 128),
  },
  { name: 'refilled by huge pages', cause: 'hugepage_refill', lab: 'go-newest-pure', make: leaked('huge-released', 128) },
  {
    name: 'large objects of Go 1.24',
    cause: 'go124_zeroing',
    lab: 'go1.24-pure',
    make: unknown(shaped('pointers', 320)),
    collections: 3,
    besides: ['go_live_heap'],
  },
  { name: 'C malloc', cause: 'c_malloc_retained', lab: 'go-newest-cgo', make: leaked('malloc-small', 128) },
  {
    name: 'C malloc that leaks',
    cause: 'c_malloc_leak',
    lab: 'go-newest-cgo',
    make: leaking(async ({ json }) => (await json('/leak/malloc-small?mib=4')).injected ?? Number.NaN),
  },
  {
    name: 'mmap that leaks',
    cause: 'c_malloc_leak',
    lab: 'go1.19-pure',
    make: leaking(async ({ json }) => (await json('/leak/mmap?mib=4')).injected ?? Number.NaN),
  },
  {
    name: 'jemalloc in the place of malloc',
    cause: 'c_allocator_dirty',
    lab: 'go-newest-cgo',
    preload: 'jemalloc',
    make: async ({ lab, json }) => {
      const before = statusOf(lab.pid, 'RssAnon');
      await json('/leak/malloc-small?mib=128');
      return statusOf(lab.pid, 'RssAnon') - before;
    },
  },
  { name: 'stacks of threads', cause: 'thread_stacks', lab: 'go-newest-cgo', make: leaked('pthreads', 128) },
  { name: 'mmap', cause: 'native_mmap', lab: 'go-newest-pure', make: leaked('mmap', 128) },
  { name: 'code made at run time', cause: 'jit_code', lab: 'go1.19-cgo', make: shaped('jit', 64) },
  {
    name: 'a private mapping of a file, written',
    cause: 'file_cow',
    lab: 'go-newest-pure',
    make: shaped('private-file', 64),
    besides: ['page_cache'],
  },
  {
    name: 'a private mapping of a memfd, written',
    cause: 'file_cow',
    lab: 'go1.19-pure',
    group: {},
    make: shaped('private-memfd', 64),
    besides: ['shmem'], // a write to a hole makes the file's page as well
  },
  {
    name: 'a locked file',
    cause: 'locked_memory',
    lab: 'go-newest-pure',
    group: {},
    mayBeRefused: true,
    make: shaped('locked-file', 64),
    says: /64\.0 MiB of it is pages of files.*all of it counts against the limit/,
  },
  { name: 'memfd_secret', cause: 'locked_memory', lab: 'go-newest-pure', group: {}, mayBeRefused: true, make: shaped('secret', 64) },
  {
    name: 'a ring of packets, mapped twice',
    cause: 'kernel_rings',
    lab: 'go-newest-pure',
    group: {},
    mayBeRefused: true,
    make: shaped('packet-ring-twice', 64),
    says: /^64\.0 MiB is packet rings .* charged to no container.*RSS has 128 MiB/,
  },
  {
    name: 'a BPF ring buffer, which maps its data twice',
    cause: 'kernel_rings',
    lab: 'go-newest-pure',
    group: {},
    mayBeRefused: true,
    make: shaped('bpf-ringbuf', 64),
    says: /BPF maps, .*the same bytes, in the kernel memory.*RSS has 128 MiB/,
  },
  {
    name: 'rings of io_uring',
    cause: 'kernel_rings',
    lab: 'go-newest-pure',
    group: {},
    mayBeRefused: true,
    make: shaped('io-uring', 64),
    besides: ['kernel_other'], // the kernel takes 4 MiB for the 3.1 of a ring
    says: /io_uring rings, .*the same bytes/,
  },
  {
    name: "io_uring's buffers, unmapped",
    cause: 'charged_unmapped',
    lab: 'go-newest-pure',
    group: {},
    mayBeRefused: true,
    make: shaped('io-uring-buffers', 64),
    besides: ['peak_not_go'],
    says: /has it pinned for a ring/,
  },
  {
    name: 'pages in pipes, unmapped',
    cause: 'charged_unmapped',
    lab: 'go1.19-pure',
    group: {},
    make: shaped('pipes', 64),
    besides: ['peak_not_go'],
    says: /a pipe, a socket or a ring holds it/,
  },
  {
    name: 'live heap that other code gave back',
    cause: 'madv_free',
    lab: 'go-newest-pure',
    make: shaped('heap-freed', 64),
    says: /not by Go, which has given back/,
  },
  {
    name: 'a memfd that is mapped twice',
    cause: 'shmem',
    lab: 'go-newest-pure',
    group: {},
    make: shaped('memfd-twice', 64),
    says: /RSS has 128 MiB/,
  },
  { name: 'a mapped file', cause: 'mapped_files', lab: 'go-newest-pure', make: leaked('file-shared', 128) },
  { name: 'files on tmpfs', cause: 'shmem', lab: 'go-newest-pure', group: {}, make: shaped('tmpfs', 128) },
  { name: 'page cache', cause: 'page_cache', lab: 'go-newest-pure', group: {}, make: shaped('page-cache', 128) },
  {
    name: 'dentries (cgroup v1)',
    cause: 'kernel_other',
    lab: 'go-newest-pure',
    group: {},
    make: async ({ json, group }) => {
      await json('/shape/dentries?mib=64');
      return Number(readFileSync(join(group?.directory ?? '', 'memory.kmem.usage_in_bytes'), 'utf8'));
    },
  },
  { name: 'page tables', cause: 'page_tables', lab: 'go-newest-pure', group: {}, make: shaped('page-tables', 64) },
  {
    name: 'another process',
    cause: 'other_processes',
    lab: 'go-newest-pure',
    group: {},
    make: async ({ neighbor }) => statusOf(await neighbor(128), 'RssAnon'),
  },
  {
    name: 'GOMEMLIMIT at the limit',
    cause: 'limit_without_headroom',
    lab: 'go-newest-pure',
    group: { limit: 256 * mib },
    metrics: true,
    environment: { GOMEMLIMIT: '250MiB' },
    make: unknown(leaked('mmap', 64)),
    besides: ['native_mmap'],
    says: /250 MiB below a limit of 256 MiB/,
  },
  {
    name: 'the same, without an endpoint',
    cause: 'limit_without_headroom',
    lab: 'go-newest-pure',
    group: { limit: 256 * mib },
    environment: { GOMEMLIMIT: '250MiB' },
    make: unknown(leaked('mmap', 64)),
    besides: ['native_mmap'],
    says: /250 MiB \(of the environment; debug\.SetMemoryLimit would not show\) below a limit of 256 MiB/,
  },
  {
    name: 'a load whose memory stays',
    cause: 'not_a_leak_plateau',
    lab: 'go-newest-pure',
    make: async (subject) => {
      for (let step = 0; step < steps; step += 1) {
        if (step === steps / 4) await subject.lab.ask('/grow?mib=64');
        await subject.look(stepSeconds);
      }
      return undefined;
    },
    collections: 3,
    besides: ['go_live_heap'],
  },
];

function grown(size: number): Proof['make'] {
  return async ({ lab }) => {
    await lab.ask(`/grow?mib=${size}`);
    return size * mib;
  };
}

/** A heap of this size for a moment: what it leaves in the runtime's own tables. */
function peaked(mib: number): Proof['make'] {
  return async (subject) => {
    const before = await tablesOf(subject);
    await subject.json(`/shape/peak?mib=${mib}`);
    return (await tablesOf(subject)) - before;
  };
}

/** Of what the runtime mapped for itself, what /proc/self/pagemap says is in memory for it alone. */
async function tablesOf({ json }: Subject): Promise<number> {
  return (await json('/tables')).bytes ?? Number.NaN;
}

function shaped(name: string, size: number): Proof['make'] {
  return async ({ json }) => (await json(`/shape/${name}?mib=${size}`)).bytes;
}

function leaked(name: string, size: number, figure: 'injected' | 'not_resident' = 'injected'): Proof['make'] {
  return async ({ json }) => (await json(`/leak/${name}?mib=${size}`))[figure];
}

/** A line of /proc/PID/status, in bytes. */
function statusOf(pid: number, key: string): number {
  const [, kib] = new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

/** A little before each of many polls; the sum of what it made. */
function leaking(step: (subject: Subject) => Promise<number>): Proof['make'] {
  return async (subject) => {
    let made = 0;
    for (let count = 0; count < steps; count += 1) {
      made += await step(subject);
      await subject.look(stepSeconds);
    }
    return made;
  };
}

/** Where what was made is not what the cause is about. */
function unknown(make: Proof['make']): Proof['make'] {
  return async (subject) => {
    await make(subject);
    return undefined;
  };
}
