import type { CgroupComponent } from '../../src/ledger/cgroup-book.ts';
import type { GoComponent } from '../../src/ledger/go-book.ts';
import type { RssComponent } from '../../src/ledger/rss/component.ts';

/** Colors by the value of a label. */
export type Palette = Readonly<Record<string, string>>;

// The same owner has the same hue in every panel: Go's blue and green, C's and other foreign memory red and orange, files yellow, the kernel's
// purple; gray is free or unknown.

/** Of `memgap_rss_component_bytes`. */
export const rssColors = {
  go_arenas: '#3274d9',
  go_metadata: '#8ab8ff',
  go_released_lazyfree: '#9fa7b3',
  go_released_resident: '#e0529c',
  exe_file: '#e0b400',
  exe_data: '#b58900',
  shared_libraries: '#fade2a',
  mapped_files: '#f5e58c',
  file_cow: '#c4801a',
  c_malloc: '#e02f44',
  native_mmap: '#ff9830',
  jit_code: '#ffb357',
  thread_stacks: '#fa6400',
  shmem: '#a352cc',
  kernel_mappings: '#ca95e5',
  unattributed: '#6e7079',
} satisfies Record<RssComponent | 'unattributed', string>;

/** Of `memgap_go_memory_bytes`. */
export const goColors = {
  heap_live: '#3274d9',
  heap_fragmentation: '#e0529c',
  heap_reserved: '#73bf69',
  heap_released: '#d8dce3',
  stacks: '#fa6400',
  mspan: '#8ab8ff',
  mcache: '#c0d8ff',
  profiling_buckets: '#ff9830',
  gc_metadata: '#5f7fa8',
  other: '#9fa7b3',
  unattributed: '#6e7079',
} satisfies Record<GoComponent | 'unattributed', string>;

/** Of `memgap_cgroup_memory_bytes`. */
export const cgroupColors = {
  anon: '#3274d9',
  anon_unmapped: '#9fa7b3',
  shmem: '#a352cc',
  file_cache: '#fade2a',
  kernel_stack: '#ca95e5',
  page_tables: '#8f3bb8',
  percpu: '#b877d9',
  vmalloc: '#deb6f2',
  slab_reclaimable: '#96d98d',
  slab_unreclaimable: '#37872d',
  zswap: '#c7c7c7',
  kernel_other: '#7c2ea3',
  sock: '#1fa7b8',
  hugetlb: '#806030',
  unattributed: '#6e7079',
} satisfies Record<CgroupComponent | 'unattributed', string>;

/** Of `memgap_rss_kind_bytes`. */
export const kindColors = { anon: '#3274d9', file: '#fade2a', shmem: '#a352cc' } satisfies Palette;

/** A total that parts add up to: Grafana's color of text, black on light and white on dark. */
export const totalColor = 'text';

/** A limit. */
export const limitColor = '#c4162a';

/** A line that is laid over parts. */
export const overColor = '#8f3bb8';
