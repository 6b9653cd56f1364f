import type { BookTable, ComponentRow } from './table.ts';

type GoRow = ComponentRow & {
  /** `used` is Sys - HeapReleased; `metadata` a line of it. */
  readonly within?: 'used' | 'metadata';
  /** Garbage moves it: it is compared only after a collection. */
  readonly holdsGarbage?: true;
};

const components = {
  heap_released: { label: 'released to the kernel, or untouched', source: 'HeapReleased', growth: 'neutral', color: '#d8dce3' },
  gc_metadata: {
    label: "the collector's metadata",
    source: 'GCSys',
    within: 'metadata',
    growth: 'leak',
    color: '#5f7fa8',
    alert: { title: "The garbage collector's metadata", cause: 'go_metadata' },
  },
  profiling_buckets: {
    label: "the profiler's records",
    source: 'BuckHashSys',
    within: 'metadata',
    growth: 'leak',
    color: '#ff9830',
    alert: { title: "Memory of the Go runtime's own profiler", cause: 'go_profiler_buckets' },
  },
  mspan: {
    label: 'records of spans',
    source: 'MSpanSys',
    within: 'metadata',
    growth: 'leak',
    color: '#8ab8ff',
    alert: 'go_heap_live', // a record is 160 bytes, and a span 8 KiB or more: the heap grows first
  },
  mcache: { label: "processors' caches of spans", source: 'MCacheSys', within: 'metadata', growth: 'neutral', color: '#c0d8ff' },
  other: {
    label: "the runtime's other metadata",
    source: 'OtherSys',
    within: 'metadata',
    growth: 'leak',
    color: '#9fa7b3',
    alert: { title: "The Go runtime's other metadata", cause: 'go_metadata' },
  },
  stacks: {
    label: 'goroutine stacks',
    source: 'StackSys',
    within: 'used',
    growth: 'leak',
    color: '#fa6400',
    alert: { title: 'Memory of goroutine stacks', cause: 'go_stacks' },
  },
  heap_reserved: {
    label: 'idle heap, kept for reuse',
    source: 'HeapIdle - HeapReleased',
    within: 'used',
    growth: 'cache',
    color: '#73bf69',
  },
  heap_fragmentation: {
    label: 'free slots in spans in use',
    source: 'HeapInuse - HeapAlloc',
    within: 'used',
    holdsGarbage: true,
    growth: 'leak',
    color: '#e0529c',
    alert: { title: 'Fragmentation of the Go heap', cause: 'go_fragmentation' },
  },
  heap_live: {
    label: 'live heap (and garbage not swept)',
    source: 'HeapAlloc',
    within: 'used',
    holdsGarbage: true,
    growth: 'leak',
    color: '#3274d9',
    alert: { title: 'The live Go heap', cause: 'go_live_heap' },
  },
} as const satisfies Readonly<Record<string, GoRow>>;

/** The parts of `Sys`. */
export type GoComponent = keyof typeof components;

/** The Go runtime's accounts: the parts of Sys of runtime.MemStats. */
export const goTable: BookTable<GoComponent, GoRow> = {
  name: 'go',
  family: 'memgap_go_memory_bytes',
  components,
  unattributed: { source: 'Sys - all of them: very old Go tells no GCSys and OtherSys', growth: 'neutral', color: '#6e7079' },
};

/** The component of resident memory that holds the pages of what lies within. */
export const residentIn = { used: 'go_arenas', metadata: 'go_metadata' } as const;
