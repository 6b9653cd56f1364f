/** A number of a target that should not grow for ever. */
export interface Account {
  /** The label `account` of its alerts, and what a silence or a route can be made of. */
  readonly name: string;
  /** As a sentence's subject. */
  readonly title: string;
  readonly metric: string;
  /** The value of the metric's label `component`, where it has one. */
  readonly component?: string;
  /** Whose runbook it is, by name of src/causes/index.ts; none where no single cause is likely. */
  readonly cause?: string;
}

/**
 * Every account whose growth alerts. Left out: what the kernel takes back by itself (page cache, mapped files, reclaimable slab, lazily freed
 * pages), what Go keeps for reuse, totals (they hold the plateau of any peak), and shares that another account here holds already.
 */
export const accounts: readonly Account[] = [
  { name: 'unexplained', title: 'Resident memory that Go does not explain', metric: 'memgap_rss_unexplained_bytes' },
  go('heap_live', 'The live Go heap', 'go_live_heap'),
  go('heap_fragmentation', 'Fragmentation of the Go heap', 'go_fragmentation'),
  go('stacks', 'Memory of goroutine stacks', 'go_stacks'),
  go('profiling_buckets', "Memory of the Go runtime's own profiler", 'go_profiler_buckets'),
  go('gc_metadata', "The garbage collector's metadata", 'go_metadata'),
  go('other', "The Go runtime's other metadata", 'go_metadata'),
  rss('go_released_resident', 'Memory that Go gave back and that came back resident', 'hugepage_refill'),
  rss('exe_data', 'Variables of the program and its C parts'),
  rss('c_malloc', 'Memory of C malloc', 'c_malloc_leak'),
  rss('native_mmap', 'Anonymous memory that neither Go nor C malloc mapped', 'native_mmap'),
  rss('jit_code', 'Code that is generated at run time', 'jit_code'),
  rss('file_cow', 'Written copies of privately mapped files', 'file_cow'),
  rss('thread_stacks', 'Stacks of threads', 'thread_stacks'),
  rss('unattributed', 'Resident memory that has no owner'),
  cgroup('shmem', 'Shared memory and tmpfs files', 'shmem'),
  cgroup('kernel_stack', 'Kernel stacks of threads', 'thread_stacks'),
  cgroup('page_tables', 'Page tables', 'page_tables'),
  cgroup('percpu', 'Per-CPU memory of the kernel', 'kernel_other'),
  cgroup('vmalloc', 'Memory that the kernel mapped (vmalloc)', 'kernel_other'),
  cgroup('slab_unreclaimable', 'Objects of the kernel that it cannot take back', 'kernel_slab'),
  cgroup('kernel_other', 'Other kernel memory', 'kernel_other'),
  cgroup('sock', 'Socket buffers', 'socket_buffers'),
  {
    name: 'other_processes',
    title: 'Memory of other processes in the container',
    metric: 'memgap_other_processes_rss_bytes',
    cause: 'other_processes',
  },
];

function go(component: string, title: string, cause: string): Account {
  return { name: `go_${component}`, title, metric: 'memgap_go_memory_bytes', component, cause };
}

function rss(component: string, title: string, cause?: string): Account {
  return { name: `rss_${component}`, title, metric: 'memgap_rss_component_bytes', component, ...(cause !== undefined && { cause }) };
}

function cgroup(component: string, title: string, cause: string): Account {
  return { name: `cgroup_${component}`, title, metric: 'memgap_cgroup_memory_bytes', component, cause };
}
