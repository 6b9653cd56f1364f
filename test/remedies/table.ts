/** What a person is told to do, and whether it was done and helped. */
export type Remedy = Tried | NotTried;

interface Said {
  /** The words of it, with `…` for what differs from case to case. */
  readonly says: string;
}

/** Carried out in a real program: the test fails where it does not help. */
interface Tried extends Said {
  /** From the root of the checkout. */
  readonly file: string;
  /** The test's name. */
  readonly test: string;
}

/** Not tried here: who says that it helps. */
interface NotTried extends Said {
  readonly source: string;
}

const carriedOut = (says: string, file: string, test: string): Tried => ({ says, file: `test/remedies/${file}.test.ts`, test });
const notTried = (says: string, source: string): NotTried => ({ says, source });

const nothingIsBack = (says: string) => carriedOut(says, 'held', 'mapped_files: nothing, of clean pages');
const readsTell = carriedOut(
  '--process.memory-reads tells whose they are',
  'c-malloc',
  'c_malloc_retained: --process.memory-reads tells whose they are',
);
const stracesMmap = carriedOut(
  'strace -f -k -e trace=mmap,munmap -p PID shows who maps',
  'who',
  'native_mmap: strace -f -k -e trace=mmap,munmap -p PID through a load',
);
const close = carriedOut(
  "curl -s 'URL/debug/pprof/heap?gc=1' >/dev/null, and look again: what went stood behind finalizers, so call Close on each handle",
  'c-malloc',
  'c_malloc_retained: a collection for what stands behind finalizers',
);
const bpftool = 'bpftool(8), bpftool-map(8)';
const fds = 'ls -l /proc/…/fd | grep -e memfd -e deleted';

/**
 * Every remedy that memgap can print, by the cause that prints it; of one test there may be many. test/causes/remedies.test.ts holds the
 * words and the tests to it.
 */
export const remedies: Readonly<Record<string, readonly Remedy[]>> = {
  page_cache_thrashing: [
    carriedOut(
      'raise the limit until memgap_cgroup_file_refaults_total stands still: by the size of the executable and of the files that are in use',
      'thrashing',
      'page_cache_thrashing: raise the limit by the files in use',
    ),
  ],
  madv_free: [
    carriedOut(
      'take madvdontneed=0 out of GODEBUG: … gives back with MADV_DONTNEED without it',
      'held',
      'madv_free: take madvdontneed=0 out of GODEBUG',
    ),
    notTried('GODEBUG=madvdontneed=1, or Go 1.16 and later, which is that by default', 'https://go.dev/doc/go1.16#runtime'),
    carriedOut(
      'strace -f -k -e trace=madvise -p PID: who calls madvise(MADV_FREE) on memory of Go? It may lose what is live there',
      'who',
      'madv_free: strace -f -k -e trace=madvise -p PID, where other code than Go gave it back',
    ),
  ],
  go121_hugepages: [notTried('upgrade Go: 1.21.4 and later do not', 'https://github.com/golang/go/issues/61718')],
  hugepage_refill: [
    carriedOut('GODEBUG=disablethp=1 (Go 1.21.6 and later)', 'go-runtime', 'hugepage_refill: GODEBUG=disablethp=1'),
    notTried(
      'echo 0 > /sys/kernel/mm/transparent_hugepage/khugepaged/max_ptes_none on the node',
      'https://go.dev/doc/gc-guide#Linux_transparent_huge_pages',
    ),
  ],
  go_profiler_buckets: [
    carriedOut('GODEBUG=profstackdepth=32', 'go-runtime', 'go_profiler_buckets: GODEBUG=profstackdepth=32'),
    carriedOut(
      'runtime.MemProfileRate = 0 at the start of main, where no heap profile is wanted',
      'go-runtime',
      'go_profiler_buckets: runtime.MemProfileRate = 0, by GODEBUG=memprofilerate=0',
    ),
  ],
  go_startup_spike: [
    carriedOut('a limit must fit the peak', 'size', "right size: limits.memory and GOMEMLIMIT of a peak of Go's heap that is over"),
    carriedOut('load less at once at the start, or in pieces', 'go-heap', 'go_startup_spike: load in pieces'),
    notTried(
      'page the LIST calls (limit=500), narrow what the informers load',
      'https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/3919',
    ),
  ],
  go_metadata: [
    carriedOut(
      'nothing: no call gives them back, only a restart does; a lower peak keeps them small',
      'go-heap',
      'go_metadata: a restart, and a lower peak',
    ),
  ],
  go_stacks: [
    carriedOut('go tool pprof URL/debug/pprof/goroutine: where do they wait?', 'who', 'go_stacks: go tool pprof URL/debug/pprof/goroutine'),
  ],
  go_fragmentation: [
    carriedOut(
      'go tool pprof -inuse_space URL/debug/pprof/heap: find what small or odd-sized objects outlive a load, and copy what must stay',
      'who',
      'go_fragmentation: find what outlives a load, and copy what must stay',
    ),
  ],
  gogc_off: [
    carriedOut("a GOMEMLIMIT below the container's limit, at which it collects", 'go-heap', 'gogc_off: a GOMEMLIMIT'),
    carriedOut('GOGC=100', 'go-heap', 'gogc_off: GOGC=100'),
  ],
  go_reserved: [
    carriedOut('debug.FreeOSMemory() after a load', 'go-heap', 'go_reserved: debug.FreeOSMemory() after a load'),
    carriedOut('a lower GOMEMLIMIT', 'go-heap', 'go_reserved: a lower GOMEMLIMIT under GOGC=off'),
    carriedOut('GOGC=100', 'go-heap', 'go_reserved: GOGC=100 instead of off'),
    carriedOut('nothing: it is reused or given back', 'go-heap', 'go_reserved: nothing, for the next load uses it again'),
    {
      says: 'Compare a second load (memgap loadtest)',
      file: 'test/e2e/loadtest.test.ts',
      test: 'heap that is let go after each load is a plateau, by marks too',
    },
  ],
  go_live_heap: [
    carriedOut('go tool pprof -inuse_space URL/debug/pprof/heap', 'who', 'go_live_heap: go tool pprof -inuse_space URL/debug/pprof/heap'),
    notTried('most often what its informers cache; narrow it', 'https://github.com/prometheus-operator/prometheus-operator/issues/2372'),
  ],
  go_gc_headroom: [
    carriedOut('nothing', 'go-heap', 'go_gc_headroom: nothing, for it does not grow beyond'),
    carriedOut('GOMEMLIMIT', 'go-heap', 'go_gc_headroom: GOMEMLIMIT'),
    carriedOut('a GOGC below 100', 'go-heap', 'go_gc_headroom: a GOGC below 100'),
    carriedOut('GOGC=100', 'go-heap', 'go_gc_headroom: GOGC=100 under GOGC=off'),
    carriedOut('a lower GOMEMLIMIT', 'go-heap', 'go_gc_headroom: a lower GOMEMLIMIT under GOGC=off'),
  ],
  go_untouched: [
    carriedOut(
      'nothing: it becomes memory when it is written to; expect RSS to grow by it at most',
      'go-heap',
      'go_untouched: nothing, and RSS grows by it at most',
    ),
  ],
  race_detector: [carriedOut('build without -race: it is for tests', 'race', 'race_detector: build without -race')],
  c_malloc_leak: [
    notTried('memleak-bpfcc -p PID 60', 'https://github.com/iovisor/bcc/blob/master/tools/memleak_example.txt'),
    carriedOut(
      'run under jemalloc with MALLOC_CONF=prof:true,lg_prof_interval:30,prof_prefix:/tmp/jeprof, and read what it writes with jeprof',
      'who',
      'c_malloc_leak: jemalloc with MALLOC_CONF=prof:true,lg_prof_interval:30',
    ),
    carriedOut(
      'strace -f -k -e trace=mmap,munmap -p PID through a minute shows who maps and does not unmap',
      'who',
      'c_malloc_leak: strace -f -k -e trace=mmap,munmap -p PID through a minute',
    ),
  ],
  c_allocator_dirty: [
    carriedOut(
      'MALLOC_CONF=background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0',
      'c-malloc',
      'c_allocator_dirty: MALLOC_CONF=background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0',
    ),
    notTried('TCMALLOC_RELEASE_RATE=10', 'https://gperftools.github.io/gperftools/tcmalloc.html'),
    notTried('MIMALLOC_PURGE_DELAY=0', 'https://microsoft.github.io/mimalloc/environment.html'),
    carriedOut(
      "what is in use no setting of an allocator gives back: the library's own cache size, or a Close or C.free that is missing",
      'c-malloc',
      'c_allocator_dirty: a C.free that is missing',
    ),
  ],
  c_malloc_retained: [
    carriedOut('malloc_trim(0) in the C code after a load', 'c-malloc', 'c_malloc_retained: malloc_trim(0) in the C code after a load'),
    carriedOut(
      'MALLOC_MMAP_THRESHOLD_=131072 where its blocks are larger',
      'c-malloc',
      'c_malloc_retained: MALLOC_MMAP_THRESHOLD_=131072 where its blocks are larger',
    ),
    carriedOut(
      "what is in use no setting of malloc gives back: the library's own cache size, or a Close or C.free that is missing",
      'c-malloc',
      'c_malloc_retained: a C.free that is missing',
    ),
    carriedOut('--process.memory-reads tells which it is', 'c-malloc', 'c_malloc_retained: --process.memory-reads tells which it is'),
    carriedOut(
      'what was freed lies between blocks in use, and malloc_trim gives back little of it: free those, or allocate what lives long in one go',
      'c-malloc',
      'c_malloc_retained: free the blocks in use between which it lies',
    ),
    close,
    readsTell,
    stracesMmap,
  ],
  native_mmap: [
    carriedOut(
      'strace -f -k -e trace=mmap,munmap -p PID through a load shows who maps; then that library has a setting for the size of its cache',
      'who',
      'native_mmap: strace -f -k -e trace=mmap,munmap -p PID through a load',
    ),
    close,
    readsTell,
    stracesMmap,
  ],
  jit_code: [
    carriedOut(
      'compile each once, and close what is done with (wazero: CompiledModule.Close)',
      'held',
      'jit_code: close what is done with',
    ),
    notTried(
      "the library's interpreter (wazero: NewRuntimeConfigInterpreter)",
      'https://pkg.go.dev/github.com/tetratelabs/wazero#NewRuntimeConfigInterpreter',
    ),
  ],
  file_cow: [
    carriedOut(
      'MAP_SHARED, or a mapping that is only read (edsrzf/mmap-go: RDWR or RDONLY instead of COPY)',
      'held',
      'file_cow: MAP_SHARED, or a mapping that is only read',
    ),
    carriedOut('munmap what is done with', 'held', 'file_cow: munmap what is done with'),
  ],
  thread_stacks: [
    carriedOut(
      "curl -s 'URL/debug/pprof/goroutine?debug=2' | grep -A 12 -e syscall -e 'locked to thread': which of Go's hold one?",
      'who',
      'thread_stacks: which goroutines hold a thread',
    ),
    carriedOut(
      'strace -f -k -e trace=mmap -p PID 2>&1 | grep -A 12 MAP_STACK through a load shows which C code starts others',
      'who',
      'thread_stacks: strace -f -k -e trace=mmap -p PID, MAP_STACK',
    ),
  ],
  locked_memory: [
    carriedOut(
      'start it without the lock (etcd: --memory-mlock=false; bbolt: Options.Mlock; mlockall in the code)',
      'held',
      'locked_memory: start it without the lock',
    ),
    carriedOut('size the limit with it', 'size', 'right size: limits.memory and GOMEMLIMIT of a locked file'),
  ],
  mapped_files: [
    nothingIsBack('nothing: watch memgap_oom_headroom_bytes instead of RSS'),
    carriedOut(
      'sync FILE, or msync(2) in the program, makes it clean at once; the kernel does after vm.dirty_expire_centisecs (30 s)',
      'held',
      'mapped_files: sync FILE, of dirty pages',
    ),
    carriedOut('start it without the lock (mlock)', 'held', 'locked_memory: start it without the lock'),
    carriedOut('size the limit with it', 'size', 'right size: limits.memory and GOMEMLIMIT of a locked file'),
  ],
  executable: [
    carriedOut(
      'nothing: a baseline, not a leak',
      'processes',
      'executable: nothing, for it is taken back; go list -deps names the files that are embedded',
    ),
    carriedOut(
      "go list -deps -f '{{.ImportPath}} {{.EmbedFiles}}' in its source tells which files are in it (go:embed)",
      'processes',
      'executable: nothing, for it is taken back; go list -deps names the files that are embedded',
    ),
  ],
  shmem: [
    carriedOut(
      `${fds}: close what is not needed`,
      'held',
      'shmem: ls -l /proc/PID/fd | grep -e memfd -e deleted, and close what is not needed',
    ),
    carriedOut(`${fds}, or a mapping of such a file: close and unmap what is not needed`, 'held', 'shmem: unmap a memfd that is closed'),
    carriedOut(fds, 'held', 'shmem: ls -l /proc/PID/fd | grep -e memfd -e deleted, and close what is not needed'),
    carriedOut(
      'findmnt -t tmpfs (emptyDir with medium: Memory), and what lies there: delete it, set sizeLimit',
      'held',
      'shmem: findmnt -t tmpfs, and delete what lies there',
    ),
    carriedOut('ipcs -m, and ipcrm -m what nobody needs', 'held', 'shmem: ipcs -m, and ipcrm -m what nobody needs'),
    carriedOut('ipcs -m', 'held', 'shmem: ipcs -m, and ipcrm -m what nobody needs'),
    carriedOut(
      'munmap what is not needed: memory that was mapped MAP_SHARED|MAP_ANONYMOUS is in no file',
      'held',
      'shmem: munmap what is shared and anonymous',
    ),
  ],
  page_tables: [
    carriedOut(
      'look for large mappings of which little is resident: pmap -x PID | sort -nk2 | tail. What is unmapped gives its tables back',
      'processes',
      'page_tables: pmap -x PID | sort -nk2 | tail, and unmap what is sparse',
    ),
  ],
  kernel_rings: [
    carriedOut(
      'fewer or smaller blocks: tp_block_nr of PACKET_RX_RING (gopacket/afpacket: OptNumBlocks), one ring for each socket',
      'rings',
      'kernel_rings: fewer blocks in a ring of packets',
    ),
    notTried(
      'fewer pages for each CPU (cilium/ebpf: perCPUBuffer of perf.NewReader)',
      'https://pkg.go.dev/github.com/cilium/ebpf/perf#NewReader',
    ),
    carriedOut('fewer rings, or fewer entries in each: io_uring_setup(2)', 'rings', 'kernel_rings: fewer rings of io_uring'),
    carriedOut('a lower max_entries (cilium/ebpf: MapSpec.MaxEntries)', 'rings', 'kernel_rings: a lower max_entries of a BPF array'),
    notTried('bpftool map show tells whose they are', bpftool),
    notTried('ls -l /proc/PID/fd: which device it is; its driver decides who is charged for it', 'proc_pid_fd(5)'),
  ],
  kernel_slab: [
    notTried('nothing, if headroom counts it: memgap_oom_headroom_bytes', 'https://docs.kernel.org/admin-guide/cgroup-v2.html'),
    notTried('stop making short-lived files', 'https://github.com/google/cadvisor/issues/3081'),
  ],
  socket_buffers: [
    carriedOut(
      'ss -tm: who does not read? Fewer connections, or a lower maximum in net.ipv4.tcp_rmem and tcp_wmem of the pod',
      'socket-buffers',
      'socket_buffers: ss -tm, and fewer connections',
    ),
    carriedOut(
      'read faster, or take less in: SetReadBuffer on each connection, a lower maximum in net.ipv4.tcp_rmem of the pod; ss -tmp tells which',
      'socket-buffers',
      'socket_buffers: SetReadBuffer',
    ),
  ],
  send_queues: [
    carriedOut('TCP_USER_TIMEOUT on the listener (net.ListenConfig.Control)', 'send-queues', 'send_queues: TCP_USER_TIMEOUT'),
    carriedOut(
      'http.Server.WriteTimeout with SetLinger(0) on each connection: after WriteTimeout alone the kernel still keeps what was sent',
      'send-queues',
      'send_queues: WriteTimeout with SetLinger(0)',
    ),
  ],
  kernel_other: [
    notTried('bpftool map show: which are they?', bpftool),
    carriedOut(
      'Fewer max_entries (cilium/ebpf: MapSpec.MaxEntries)',
      'kernel-memory',
      'kernel_other: a lower max_entries of a BPF hash map',
    ),
    carriedOut(
      'with BPF_F_NO_PREALLOC a hash map grows as entries come',
      'kernel-memory',
      'kernel_other: BPF_F_NO_PREALLOC, with which a hash map grows as entries come',
    ),
    notTried('bpftool map show: whose maps are they?', bpftool),
    carriedOut('fewer rings, or fewer entries in each: io_uring_setup(2)', 'kernel-memory', 'kernel_other: fewer rings of io_uring'),
    carriedOut(
      'read what is written to them, or close them: ls -l /proc/PID/fd shows both ends by one number',
      'kernel-memory',
      'kernel_other: read the pipes',
    ),
    carriedOut(
      'ss -xmp and ss -ump: who does not read? Then read or close them, or SetWriteBuffer',
      'kernel-memory',
      'kernel_other: read the UNIX sockets',
    ),
    carriedOut('close them: ls -l /proc/PID/fd, twice, shows which grow in number', 'kernel-memory', 'kernel_other: close the eventfds'),
    carriedOut(
      'cat /proc/slabinfo on the node, before and after: which grow?',
      'kernel-memory',
      'kernel_other: cat /proc/slabinfo on the node, before and after',
    ),
    {
      says: 'a node with cgroup v2, which tells the parts',
      file: 'test/vm/causes.ts',
      test: 'cause, dentries: kernel_slab is named, with what slab_reclaimable grew by, within 5 %',
    },
  ],
  charged_unmapped: [
    carriedOut(
      'close the io_uring, or unregister its buffers, before their memory is unmapped; ls -l /proc/…/fd shows which are open',
      'held',
      'charged_unmapped: close the io_uring that has it pinned',
    ),
    carriedOut('nothing: it is taken back when memory is short', 'held', 'charged_unmapped: nothing, of huge pages'),
    carriedOut(
      'close what holds it: pipes (vmsplice), AF_XDP sockets, io_uring; ls -l /proc/…/fd shows which are open',
      'held',
      'charged_unmapped: close the pipes that hold it',
    ),
  ],
  other_processes: [
    carriedOut(
      'ps -eo pid,ppid,rss,comm: a child that should have ended, or one that needs a limit of its own',
      'processes',
      'other_processes: ps -eo pid,ppid,rss,comm, and the child that should have ended',
    ),
  ],
  page_cache: [
    carriedOut(
      'nothing: watch memgap_oom_headroom_bytes instead of the working set',
      'headroom',
      'room before an OOM kill, cache-clean 200 MiB: no more than can be had, and at least 0.85 of it',
    ),
    carriedOut('leave its files in use room below the limit', 'thrashing', 'page_cache_thrashing: raise the limit by the files in use'),
  ],
  go124_zeroing: [notTried('upgrade Go to 1.25, and compare RSS under the same load', 'https://github.com/golang/go/issues/72991')],
  limit_without_headroom: [
    carriedOut('GOMEMLIMIT=… (…)', 'limits', 'limit_without_headroom: GOMEMLIMIT='),
    carriedOut('raise the limit: …', 'limits', 'limit_without_headroom: raise the limit'),
  ],
  charged_elsewhere: [
    carriedOut(
      "size it by the process, as memgap's right size does: RssAnon + RssShmem + the files in use",
      'charges',
      "charged_elsewhere: size it by the process, as memgap's right size does (moved after it was filled)",
    ),
  ],
  anon_in_no_process: [
    carriedOut(
      "size it by the container, as memgap's right size does",
      'processes',
      'anon_in_no_process: size it by the container, and end the last process that has it',
    ),
    carriedOut(
      'it goes when the last process that has it mapped ends: pstree -p PID shows children in other groups',
      'processes',
      'anon_in_no_process: size it by the container, and end the last process that has it',
    ),
  ],
  not_a_leak_plateau: [
    carriedOut('nothing', 'go-heap', 'not_a_leak_plateau: nothing'),
    {
      says: 'repeat the load: memgap loadtest says whether each ends at the same floor',
      file: 'test/e2e/loadtest.test.ts',
      test: 'heap that is let go after each load is a plateau, by marks too',
    },
  ],
  peak_not_go: [
    carriedOut('nothing: pages of files are taken back when memory is short', 'held', 'peak_not_go: nothing, of a file that was mapped'),
    carriedOut(
      'look while it lasts: repeat the load under memgap serve, which tells native memory from files; native memory needs its room in the limit, and GOMEMLIMIT does not lower it',
      'held',
      'peak_not_go: look while it lasts',
    ),
  ],
  bpf_maps_uncharged: [
    notTried('bpftool map show: per-CPU maps take their size once for each possible processor', bpftool),
    carriedOut(
      'fewer max_entries, or a map that all share',
      'kernel-memory',
      'bpf_maps_uncharged: fewer max_entries, or a map that all share',
    ),
  ],
  'right size': [
    carriedOut('Give it …, and watch a whole load', 'size', 'right size: none after an OOM kill, and what to give it'),
    notTried('watch it through such a load (memgap serve)', 'docs/is-it-a-leak.md'),
    notTried('watch a whole load before you believe it', 'docs/is-it-a-leak.md'),
  ],
};

/** Causes that explain and are never active: they print nothing. */
export const silent = ['profile_lag', 'virtual_size'] as const;
