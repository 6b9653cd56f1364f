import type { PtraceNeed } from './ptrace.ts';

/** What a source takes and what goes missing without it. */
export interface SourceLoss {
  /** What must be so for it to be read: the process in sight, the right to look into it, or an address that answers. */
  readonly needs: 'sight' | 'endpoint' | PtraceNeed;
  /** One clause for a person. */
  readonly lost: string;
  /** Metric families, or books' components, that are absent then. */
  readonly families: readonly string[];
}

const read = { mode: 'read', ownersOnly: false } as const;
const ownersRead = { mode: 'read', ownersOnly: true } as const;
const attach = { mode: 'attach', ownersOnly: true } as const;

const goNumbers = {
  needs: 'endpoint',
  lost: 'the Go book, unless another Go source answers: what the runtime has committed, keeps and has given back',
  families: ['memgap_go_memory_bytes', 'memgap_go_used_bytes', 'memgap_go_reserved_bytes', 'memgap_rss_unexplained_bytes'],
} as const;

/** By the name of the source; `process` is the search for it. A test holds it to the list of sources and to the names of the families. */
export const losses: Readonly<Record<string, SourceLoss>> = {
  expvar: goNumbers,
  metrics: goNumbers,
  pprof_heap: goNumbers,
  pprof_index: { needs: 'endpoint', lost: 'how many goroutines and threads there are', families: ['memgap_goroutines'] },
  process: {
    needs: 'sight',
    lost: 'everything but what the endpoints tell: RSS by owner, the container',
    families: ['memgap_rss_bytes', 'memgap_rss_component_bytes', 'memgap_cgroup_memory_bytes', 'memgap_oom_headroom_bytes'],
  },
  stat: { needs: 'sight', lost: 'which process it is, and its restarts', families: ['memgap_target_start_time_seconds'] },
  status: {
    needs: 'sight',
    lost: 'RSS, its peak and its kinds',
    families: ['memgap_rss_bytes', 'memgap_rss_kind_bytes', 'memgap_rss_peak_bytes', 'memgap_rss_unexplained_bytes'],
  },
  activity: { needs: 'sight', lost: 'processor time and faults that waited for a disk: whether it thrashes', families: [] },
  limits: { needs: 'sight', lost: "the size of a thread's stack: less sure which mappings are stacks", families: [] },
  environ: { needs: ownersRead, lost: 'GOMEMLIMIT and GOGC, where no Go source tells them', families: ['memgap_go_memory_limit_bytes'] },
  open_files: {
    needs: ownersRead,
    lost: 'what sockets, pipes, BPF maps and deleted files of memory hold: kernel memory without an owner',
    families: [],
  },
  build_info: { needs: read, lost: 'Go version and module of the program, and whether C code is in it', families: ['memgap_target_info'] },
  smaps: {
    needs: read,
    lost: 'whose each resident byte is',
    families: ['memgap_rss_component_bytes', 'memgap_rss_mapped_bytes', 'memgap_rss_unattributed_bytes', 'memgap_go_not_resident_bytes'],
  },
  smaps_rollup: {
    needs: read,
    lost: 'the exact resident sum, and pages given back but not yet reclaimed',
    families: ['memgap_lazyfree_bytes', 'memgap_pss_bytes', 'memgap_anon_hugepages_bytes'],
  },
  exe: { needs: read, lost: "which mappings are the program's own", families: ['memgap_rss_component_bytes'] },
  pagemap: { needs: ownersRead, lost: 'how merged mappings share their bytes: wider intervals', families: [] },
  malloc_chunks: { needs: attach, lost: 'C malloc told from other native memory by its headers: wider intervals', families: [] },
  malloc_held: { needs: attach, lost: "what C's malloc has in use told from what it keeps", families: [] },
  runtime_own_memory: {
    needs: attach,
    lost: "the Go runtime's own memory told from that of others beside it: wider intervals",
    families: [],
  },
  runtime_memory: { needs: attach, lost: "Go's numbers where no endpoint answers", families: ['memgap_go_memory_bytes'] },
  cgroup: {
    needs: read,
    lost: "the container's usage, limit and parts, and the room left before the OOM killer",
    families: [
      'memgap_cgroup_memory_bytes',
      'memgap_cgroup_usage_bytes',
      'memgap_cgroup_limit_bytes',
      'memgap_cgroup_working_set_bytes',
      'memgap_oom_headroom_bytes',
    ],
  },
  cgroup_events: { needs: read, lost: "the group's OOM kills and limit hits", families: ['memgap_cgroup_events_total'] },
  cgroup_pressure: { needs: read, lost: 'how long tasks waited for memory', families: ['memgap_cgroup_pressure_waiting_seconds_total'] },
  cgroup_procs: { needs: read, lost: 'the other processes of the group', families: ['memgap_other_processes'] },
};
