import type { BookTable, ComponentRow } from './table.ts';

type CgroupRow = ComponentRow & {
  /** `kernel` is one line of memory.stat: what lies within has a line of its own, and must not be counted twice. */
  readonly within: 'usage' | 'kernel';
  /** Where cgroup v1 has it; `source` is v2's. */
  readonly sourceV1?: string;
  /** The figure that the history of a process counts it in. */
  readonly series?: CgroupSeries;
  /** That figure within a sentence, where it can leak: `most of all kernel slab`. */
  readonly noun?: string;
};

/** What the history of a process keeps of its container, beside shared memory. */
export type CgroupSeries = 'page_cache' | 'slab' | 'sock' | 'kernel_other';

const components = {
  file_cache: {
    label: 'page cache',
    source: 'memory.stat file - shmem',
    sourceV1: 'memory.stat total_cache - total_shmem',
    series: 'page_cache',
    within: 'usage',
    growth: 'cache',
    color: '#fade2a',
  },
  shmem: {
    label: 'tmpfs and shared memory',
    source: 'memory.stat shmem',
    sourceV1: 'memory.stat total_shmem',
    within: 'usage',
    growth: 'leak',
    color: '#a352cc',
    alert: { title: 'Shared memory and tmpfs files', cause: 'shmem' },
  },
  slab_reclaimable: {
    label: 'reclaimable slab',
    source: 'memory.stat slab_reclaimable',
    within: 'kernel',
    series: 'slab',
    growth: 'cache',
    color: '#96d98d',
  },
  slab_unreclaimable: {
    label: 'slab',
    source: 'memory.stat slab_unreclaimable',
    within: 'kernel',
    series: 'slab',
    noun: 'kernel slab',
    growth: 'leak',
    color: '#37872d',
    alert: { title: 'Objects of the kernel that it cannot take back', cause: 'kernel_slab' },
  },
  page_tables: {
    label: 'page tables',
    source: 'memory.stat pagetables + sec_pagetables',
    within: 'kernel',
    growth: 'leak',
    color: '#8f3bb8',
    alert: { title: 'Page tables', cause: 'page_tables' },
  },
  kernel_stack: {
    label: 'kernel stacks',
    source: 'memory.stat kernel_stack',
    within: 'kernel',
    growth: 'leak',
    color: '#ca95e5',
    alert: { title: 'Kernel stacks of threads', cause: 'thread_stacks' },
  },
  percpu: {
    label: 'per-CPU data',
    source: 'memory.stat percpu',
    within: 'kernel',
    growth: 'leak',
    color: '#b877d9',
    alert: { title: 'Per-CPU memory of the kernel', cause: 'kernel_other' },
  },
  vmalloc: {
    label: 'vmalloc',
    source: 'memory.stat vmalloc',
    within: 'kernel',
    growth: 'leak',
    color: '#deb6f2',
    alert: { title: 'Memory that the kernel mapped (vmalloc)', cause: 'kernel_other' },
  },
  zswap: { label: 'zswap', source: 'memory.stat zswap', within: 'kernel', growth: 'neutral', color: '#c7c7c7' },
  kernel_other: {
    label: 'other',
    source: 'memory.stat kernel - its parts above',
    sourceV1: 'memory.kmem.usage_in_bytes',
    within: 'kernel',
    series: 'kernel_other',
    noun: 'kernel memory',
    growth: 'leak',
    color: '#7c2ea3',
    alert: { title: 'Other kernel memory', cause: 'kernel_other' },
  },
  anon_unmapped: {
    label: 'charged, mapped by nobody',
    source: 'memory.stat: all LRU lists - anon - file',
    within: 'usage',
    growth: 'cache', // mostly of huge pages, which the kernel splits when it needs memory; pinned pages are a cause of their own
    color: '#9fa7b3',
  },
  sock: {
    label: 'socket buffers',
    source: 'memory.stat sock',
    series: 'sock',
    noun: 'socket buffers',
    within: 'usage',
    growth: 'leak',
    color: '#1fa7b8',
    alert: { title: 'Socket buffers', cause: 'socket_buffers' },
  },
  hugetlb: { label: 'huge pages (hugetlb)', source: 'memory.stat hugetlb', within: 'usage', growth: 'neutral', color: '#806030' },
  anon: {
    label: 'anonymous',
    source: 'memory.stat anon',
    sourceV1: 'memory.stat total_rss',
    within: 'usage',
    growth: 'elsewhere',
    color: '#3274d9',
  },
} as const satisfies Readonly<Record<string, CgroupRow>>;

/** The parts of a group's usage, one set for v1 and v2. */
export type CgroupComponent = keyof typeof components;

/** The memory that a container is charged for, one set of parts for cgroup v1 and v2. */
export const cgroupTable: BookTable<CgroupComponent, CgroupRow> = {
  name: 'cgroup',
  family: 'memgap_cgroup_memory_bytes',
  components,
  unattributed: { source: "each CPU's stock of pages, and what this kernel does not tell", growth: 'neutral', color: '#6e7079' },
};

/** Those that lie within the line `kernel`. */
export type KernelComponent = {
  [Name in CgroupComponent]: (typeof components)[Name] extends { readonly within: 'kernel' } ? Name : never;
}[CgroupComponent];
