import { type BookTable, type ComponentRow, namesOf } from './table.ts';

type RssRow = ComponentRow & {
  /** The component of the container's usage that its pages are charged as, to the group that touched them first. */
  readonly chargedAs?: 'file_cache' | 'shmem';
  /** Its name within a sentence, where that is not the label: `most of all shared memory`. */
  readonly noun?: string;
};

const components = {
  go_arenas: {
    label: 'Go: heap, stacks, work buffers',
    source: 'measured: resident bytes of the arenas, less the two kinds of released heap',
    growth: 'elsewhere',
    color: '#3274d9',
  },
  go_released_lazyfree: {
    label: 'Go: released, taken back on demand',
    source: 'measured: LazyFree of the arenas',
    growth: 'cache',
    color: '#9fa7b3',
  },
  go_released_resident: {
    label: 'Go: released, and still resident',
    source: 'accounting: arenas - what Go has committed',
    growth: 'cache',
    color: '#e0529c',
    alert: { title: 'Memory that Go gave back and that came back resident', cause: 'hugepage_refill' },
  },
  go_metadata: {
    label: 'Go: metadata of the runtime',
    source: 'anonymous memory not claimed by any other owner',
    growth: 'elsewhere',
    color: '#8ab8ff',
  },
  c_malloc: {
    label: 'C malloc',
    noun: "C's malloc",
    source: "brk, malloc's arenas and chunks",
    growth: 'leak',
    color: '#e02f44',
    alert: { title: 'Memory of C malloc', cause: 'c_malloc_leak' },
  },
  native_mmap: {
    label: 'mapped by others than Go',
    noun: 'memory mapped by the program itself',
    source: 'accounting: anonymous address space beyond Go’s accounts',
    growth: 'leak',
    color: '#ff9830',
    alert: { title: 'Anonymous memory that neither Go nor C malloc mapped', cause: 'native_mmap' },
  },
  jit_code: {
    label: 'code generated at run time',
    source: 'anonymous memory that may be executed',
    growth: 'leak',
    color: '#ffb357',
    alert: { title: 'Code that is generated at run time', cause: 'jit_code' },
  },
  thread_stacks: {
    label: 'thread stacks (pthreads, main)',
    noun: 'thread stacks',
    source: 'stack mappings behind their guard pages',
    growth: 'leak',
    color: '#fa6400',
    alert: { title: 'Stacks of threads', cause: 'thread_stacks' },
  },
  exe_data: {
    label: 'executable: data, bss, copies',
    source: 'mappings of the executable, Anonymous',
    growth: 'neutral', // as large as its file says at most
    color: '#b58900',
    alert: { title: 'Variables of the program and its C parts' },
  },
  exe_file: {
    label: 'executable: code and constants',
    source: 'mappings of the executable',
    chargedAs: 'file_cache',
    growth: 'cache',
    color: '#e0b400',
  },
  shared_libraries: {
    label: 'shared libraries',
    source: 'mappings of *.so, with their bss',
    chargedAs: 'file_cache',
    growth: 'cache',
    color: '#fade2a',
  },
  mapped_files: { label: 'mapped files', source: 'mappings of other files', chargedAs: 'file_cache', growth: 'cache', color: '#f5e58c' },
  file_cow: {
    label: 'written copies of mapped files',
    source: 'private mappings of files, memfd and tmpfs: Anonymous',
    growth: 'leak',
    color: '#c4801a',
    alert: { title: 'Written copies of privately mapped files', cause: 'file_cow' },
  },
  shmem: {
    label: 'shared memory (tmpfs, memfd)',
    noun: 'shared memory',
    source: 'shared mappings',
    chargedAs: 'shmem',
    growth: 'leak',
    color: '#a352cc',
    alert: 'cgroup_shmem', // which has files as well that nobody maps
  },
  kernel_mappings: { label: 'kernel mappings', source: 'vdso, devices', growth: 'neutral', color: '#ca95e5' },
} as const satisfies Readonly<Record<string, RssRow>>;

/** The parts of a process's resident memory. */
export type RssComponent = keyof typeof components;

/** The resident memory of a process by owner. */
export const rssTable: BookTable<RssComponent, RssRow> = {
  name: 'rss',
  family: 'memgap_rss_component_bytes',
  components,
  unattributed: { source: 'no rule fits', growth: 'leak', color: '#6e7079', alert: { title: 'Resident memory that has no owner' } },
};

/** Those that can leak: the history of a process keeps each. */
export type RssLeak = { [Name in RssComponent]: (typeof components)[Name]['growth'] extends 'leak' ? Name : never }[RssComponent];

/** The same as a list. */
export const rssLeaks = namesOf(rssTable, ({ growth }) => growth === 'leak') as readonly RssLeak[];

/** RSS by kind of page, in the waterfall's order: its words for people, its line of /proc/PID/status, and its color in charts. */
export const rssKindTable = {
  file: { label: 'files (executable, mapped files)', source: 'status RssFile', color: '#fade2a' },
  shmem: { label: 'shared memory', source: 'status RssShmem', color: '#a352cc' },
  anon: { label: 'anonymous (heap, stacks, C memory)', source: 'status RssAnon', color: '#3274d9' },
} as const;

/** What kind of page a resident byte lies on. */
export type RssKind = keyof typeof rssKindTable;
