/** What is counted: work, never time, which a busy machine makes longer. */
type Unit =
  | 'Bytes'
  | 'Lines'
  | 'Entries'
  | 'Mappings'
  | 'Nodes'
  | 'Connections'
  | 'Threads'
  | 'Pieces'
  | 'Tokens'
  | 'Levels'
  | 'Problems'
  | 'Requests'
  | 'Descriptors';

/** Work that somebody else decides the size of: how much memgap does, in the unit of the name (`maxBytes`), and why so much. */
export type Budget = { readonly [U in Unit]: { readonly [Key in `max${U}`]: number } }[Unit] & {
  /** Of what, and who decides how much of it there is: a clause, for SECURITY.md. */
  readonly of: string;
  /** Why it is this figure: a clause, for SECURITY.md. */
  readonly why: string;
};

/**
 * Every budget of memgap, in one table. What exceeds one ends in a reading with a reason (`too-large`), in a refusal that names the figure,
 * or in the first so many, as its entry says; never in a longer wait.
 */
export const budgets = {
  mappings: {
    maxMappings: 20_000,
    of: 'mappings of a target, which it makes',
    why: 'above it a walk costs too much, the target as well as memgap',
  },
  overlayLayers: {
    maxEntries: 500,
    of: 'layers of an overlay, whose paths are walked to prove them local',
    why: 'OVL_MAX_STACK of the kernel (fs/overlayfs/params.h)',
  },
  pathSteps: {
    maxEntries: 256,
    of: 'parts of a path and of the symbolic links on it',
    why: 'the kernel follows 40 links, and a path has 4096 bytes; no real one comes near',
  },
  readerAnswer: {
    maxBytes: 4 * 1024 * 1024,
    of: "a reader's answer, which holds a file of the configuration in base64 or what an executable says of itself",
    why: 'a file of the configuration has at most 2 MiB',
  },
  hangingReads: {
    maxThreads: 2,
    of: "reads that wait for a target's mmap lock, each in a thread of node's pool",
    why: 'the pool has four threads, and names are resolved and files read in the others',
  },
  heapSubsets: {
    maxEntries: 12,
    of: "stretches of a target's memory of which each choice is tried for the Go heap",
    why: 'these have 4096 subsets; of more the sums are counted through',
  },
  heapBlocks: {
    maxEntries: 256,
    of: "blocks of 64 MiB among which somebody else's are searched for in the Go heap",
    why: '16 GiB, which have 32 896 stretches',
  },
  chunkLinks: {
    maxEntries: 32_768,
    of: "links that are followed in a target's memory to find the Go runtime's list of chunks, which thousands of its words may seem to begin",
    why: 'twice the longest list that is believed, one of 4 GiB; each link is a read of its own',
  },
  heapSums: {
    maxEntries: 4_000_000,
    of: 'sums of stretches that may be the Go heap: how many there are, times its size in steps of 4 MiB',
    why: 'a bit each, 250 stretches beside 64 GiB; above it only neighbors are tried together',
  },
  bodyPieces: {
    maxPieces: 1000,
    of: 'small pieces of an answer, which its server cuts: each beyond one for each KiB counts, and whole ones make up for small ones before them',
    why: "each piece costs 8 us whatever is in it; Go's net/http cuts at 2 KiB, and networks at 1.2 KiB or more",
  },
  interimAnswers: {
    maxEntries: 16,
    of: 'answers with a status of 1xx before the one that counts, which the server sends',
    why: 'a server sends one or two, and nothing else ends a flood of them',
  },
  headerBytes: {
    maxBytes: 8 * 1024,
    of: "an answer's header",
    why: 'Go and the proxies in front of it send 300 bytes to 2 KiB, and a header of two letters costs what a long one does',
  },
  profileIndex: {
    maxBytes: 64 * 1024,
    of: "net/http/pprof's index page",
    why: "it has 3 kB, and a row more for each profile of the program's own",
  },
  metricsLine: {
    maxBytes: 8 * 1024,
    of: "a line of the target's page of metrics",
    why: 'no line that memgap wants has 200; a longer one is left out, and so costs no memory',
  },
  jsonTokens: {
    maxTokens: 250_000,
    of: 'strings, brackets, members and escapes of the JSON of expvar, which the program publishes',
    why: "0.15 to 0.2 us each: 50 ms; package expvar's own page has 500, one of 5 MB of short members as many",
  },
  jsonMember: {
    maxBytes: 64 * 1024,
    of: '`memstats` of expvar',
    why: 'runtime.MemStats have 3 to 9 kB, and 18 if each number were the longest',
  },
  apiAnswer: {
    maxBytes: 8 * 1024 * 1024,
    of: 'an answer of the API server',
    why: 'the metadata of the 250 pods of a full node have half a MB',
  },
  apiValues: {
    maxEntries: 500_000,
    of: 'values in an answer of the API server',
    why: 'JSON.parse takes 50 ms for so many, in one go; a full node has 150 000',
  },
  podPages: {
    maxEntries: 20,
    of: 'pages of 250 pods that the API server lists for one node',
    why: 'ten times what Kubernetes allows on a node',
  },
  elfHeaders: {
    maxEntries: 1024,
    of: "headers of a kind in a target's executable",
    why: 'a large C++ program has some tens; what is behind them is not read',
  },
  elfNames: {
    maxBytes: 64 * 1024,
    of: "names of sections in a target's executable",
    why: 'they have a kB; a section whose name lies behind them counts as none',
  },
  buildInfoSearch: {
    maxBytes: 1024 * 1024,
    of: "what is searched for the build info in a target's executable",
    why: "as far as Go's own debug/buildinfo searches",
  },
  buildInfoTries: {
    maxEntries: 64,
    of: 'places that resemble the start of a build info and are none, which the executable holds',
    why: 'the linker makes none of them',
  },
  buildInfoText: {
    maxBytes: 1024 * 1024,
    of: 'the text of a build info',
    why: 'a program with a thousand dependencies has 100 kB',
  },
  buildSettings: {
    maxLines: 1000,
    of: 'lines `mod` and `build` of a build info',
    why: 'the go command writes some twenty, and each costs a microsecond or two',
  },
  addressesLookedUp: {
    maxBytes: 512 * 1024 * 1024,
    of: 'address space of which pagemap is read at one walk',
    why: 'a MiB of pagemap, 2 ms of the kernel and 10 of memgap; a range that is longer than what is left is not read',
  },
  memoryReads: {
    maxBytes: 512 * 1024 * 1024,
    of: "a target's memory in one reading of it, a page for each read at least, and its pagemap: the target decides where its tables lead",
    why: 'the data of a program, 64 MiB at most, is gone through six times while the counters move under the reader; all else takes a tenth of that',
  },
  dataScanned: {
    maxBytes: 64 * 1024 * 1024,
    of: "a target's resident data that is scanned for the Go runtime's counters",
    why: 'the linker sorts small variables to the front (cmd/link/internal/ld, dodataSect), and a millisecond scans 32 KiB of them',
  },
  dataLookedUp: {
    maxBytes: 1024 * 1024 * 1024,
    of: "address space of each of a target's data mappings of which pagemap is read",
    why: '2 ms; a C library had 96 MiB of bss between two of the variables',
  },
  counterCandidates: {
    maxEntries: 64,
    of: "places in a target's data that resemble the counters of a Go runtime",
    why: 'a program has one, and rarely two; each is held against each block of the data',
  },
  tableHeads: {
    maxEntries: 4096,
    of: "words in a target's data that hold the address of a page, where the Go runtime's tables may begin",
    why: 'each is tried as the beginning of each table',
  },
  gcBitArenas: {
    maxEntries: 4096,
    of: "arenas of mark bits on the lists of a target's runtime",
    why: '256 MiB of them, for 16 GiB of the smallest objects; each is a read of its own',
  },
  persistentChunks: {
    maxEntries: 16_384,
    of: "chunks on the list of a target's runtime",
    why: '4 GiB of what the runtime never gives back',
  },
  profileBuckets: {
    maxEntries: 4096,
    of: "buckets of a target's memory profile that are followed",
    why: 'they prove the table; no more are needed for that',
  },
  heapArenas: {
    maxEntries: 1024,
    of: "arenas of a target's heap in the index of its runtime",
    why: '64 GiB of heap',
  },
  mallocLooks: {
    maxEntries: 20_000,
    of: "searches for the headers of C malloc in a target's mappings",
    why: 'some 100 ms, in slices; nothing is said of what is left',
  },
  mallocSkipped: {
    maxEntries: 4096,
    of: 'pages in a row that begin with no header of C malloc',
    why: '16 MiB, more than Go had of metadata beside such blocks in any program measured',
  },
  mallocHeaps: {
    maxBytes: 256 * 1024 * 1024,
    of: "a target's heaps of C malloc that are gone through, chunk by chunk, at one walk",
    why: 'some 100 ms, in slices; of chunks of 64 KiB only the heads are read; nothing is said of a heap that is not gone through to its end',
  },
  mallocHeapChunks: {
    maxEntries: 4_000_000,
    of: "chunks of a target's heaps of C malloc at one walk",
    why: '256 MiB of the smallest but one; each costs 50 ns',
  },
  jsonDepth: {
    maxLevels: 64,
    of: 'brackets within each other in the JSON of expvar',
    why: 'deeper than what any program publishes; JSON.parse recurses over what is found',
  },
  secretFile: {
    maxBytes: 1024 * 1024,
    of: 'a file of a secret or of certificates',
    why: 'a CA bundle has about 220 kB, a token some',
  },
  procMounts: {
    maxEntries: 10_000,
    of: 'mounts of procfs in a mountinfo',
    why: 'one, and one for each chroot with its own',
  },
  manifestText: {
    maxBytes: 64 * 1024 * 1024,
    of: 'a file given to inject',
    why: 'the CustomResourceDefinitions of a big operator are 10 MB',
  },
  probedPorts: {
    maxEntries: 8,
    of: 'ports on which a process listens that are asked for Go numbers, the lowest ones',
    why: 'a program has one or two',
  },
  libraryNames: {
    maxEntries: 64,
    of: 'names of libraries that a target maps',
    why: 'a C program has some tens',
  },
  executableAnswers: {
    maxEntries: 256,
    of: 'executables that are not proven local, of which the answers are kept',
    why: 'more than the containers of a full node, of which many run one image',
  },
  mappingText: {
    maxBytes: 64 * 1024,
    of: 'the text of one mapping in smaps',
    why: '24 lines, and a path of 4096 bytes, each of which may be escaped as four',
  },
  environment: {
    maxBytes: 1024 * 1024,
    of: "a target's environment, which it may write over",
    why: 'the kernel allows 6 MiB, and a page or two are usual',
  },
  procFile: {
    maxBytes: 256 * 1024,
    of: 'a file of /proc/PID or of a cgroup, mountinfo and mappings apart',
    why: 'status has 1.5 kB, and 4 to 700 with as many groups as a process may have; cgroup.procs of 30 000 processes is so long',
  },
  procLines: {
    maxLines: 4096,
    of: 'lines of a file of /proc/PID, and of the counters of a cgroup',
    why: 'status has 60, memory.stat 70; a line costs a microsecond or two',
  },
  mountinfo: {
    maxBytes: 4 * 1024 * 1024,
    of: "a mountinfo, a target's or memgap's own",
    why: 'on a busy node every container has a line of a kB or two; what stands behind it is not seen',
  },
  cgroupMounts: {
    maxEntries: 64,
    of: 'mounts of cgroups in a mountinfo',
    why: 'with the memory controller a machine has one or two, and each is tried in 200 us',
  },
  tmpfsMounts: {
    maxEntries: 4096,
    of: 'mounts of tmpfs in the mountinfo of a target, which it may make',
    why: 'each pod of a node has some three; files on those behind them count as files of a disk',
  },
  configBytes: {
    maxBytes: 2 * 1024 * 1024,
    of: 'a configuration file',
    why: '5000 targets with every field take less',
  },
  configLines: {
    maxLines: 200_000,
    of: 'lines of a configuration file',
    why: 'as many as it may have fields and values; a line of comment costs yaml as much as one of them',
  },
  configNodes: {
    maxNodes: 200_000,
    of: 'fields and values of a configuration, those that aliases stand for included, a long text as one for each KiB: its author',
    why: "5000 targets of 40 each, and 3.5 times what 5000 of the documentation's have; so many take 1.3 to 2 s and 25 to 45 MiB, most of them yaml's",
  },
  configTargets: {
    maxEntries: 5000,
    of: 'targets of a configuration: its author',
    why: 'each has a loop, a history and 200 series; memgap was measured with 500',
  },
  configFields: {
    maxEntries: 1000,
    of: 'fields of one mapping of a configuration',
    why: 'memgap knows 10; the names of more are no mistake of a person',
  },
  configRules: {
    maxEntries: 100,
    of: 'rules of discovery: their author',
    why: 'every process of the machine is held against each of them',
  },
  configTokens: {
    maxTokens: 200_000,
    of: 'line breaks, comments and punctuation that yaml holds at once, in one value that has not ended or has an anchor',
    why: 'yaml takes 100 to 300 bytes for each; 5000 targets are read in pieces, and hold 2048',
  },
  configDepth: {
    maxLevels: 100,
    of: 'collections within each other in a configuration',
    why: 'memgap has no more than seven; yaml calls itself for each',
  },
  manifestNodes: {
    maxNodes: 100_000,
    of: 'fields and values of one pod given to inject, those that its aliases stand for included',
    why: 'etcd takes no object of more than 1.5 MiB',
  },
  manifestDepth: {
    maxLevels: 400,
    of: 'collections within each other in a manifest given to inject',
    why: 'the schema of a big CustomResourceDefinition has some 60; yaml calls itself for each',
  },
  configStrays: {
    maxLines: 20,
    of: 'directives and document ends around the one document of a configuration',
    why: 'none of them is needed; yaml makes an error of each',
  },
  configProblems: {
    maxProblems: 20,
    of: 'problems of a configuration that are shown',
    why: 'a person mends the first ones and tries again',
  },
  connections: {
    maxConnections: 256,
    of: 'connections to memgap, which whoever reaches its port opens',
    why: 'one scraper needs one; the rest is room for people, probes and mistakes. With one more the longest idle is closed',
  },
  keptConnections: {
    maxConnections: 16,
    of: 'connections that metrics or a probe used last, which are closed last',
    why: 'more than the scrapers and probes of any set-up that was seen, and few enough that they keep nobody out',
  },
  pipelinedRequests: {
    maxRequests: 2,
    of: 'requests of one connection that wait for their answers',
    why: 'Prometheus, kubelets, browsers and curl send the next when they have the answer, which may be before node says that it went; 64 KiB hold a thousand, each for the largest page',
  },
  scrapePiece: {
    maxBytes: 32 * 1024,
    of: 'text of metrics that is printed in one turn of the event loop; a family that has nothing of a target counts as a line',
    why: '250 samples, a millisecond of the interpreter; between two pieces probes are answered',
  },
  scrapeAhead: {
    maxBytes: 256 * 1024,
    of: 'text of metrics that is printed before its client takes it',
    why: 'the page of 25 targets, or of thousands compressed: a client that reads waits for nothing, and one that does not holds no more',
  },
  unreadAnswers: {
    maxBytes: 32 * 1024 * 1024,
    of: 'answers that clients do not take, all together; one alone may be longer',
    why: 'two scrapers may be slow at once with pages of 5000 targets, compressed; above it those go that have taken longest',
  },
  reservedDescriptors: {
    maxDescriptors: 10,
    of: 'open files that neither connections to memgap nor its own to targets may take',
    why: 'files of /proc are read one at a time, four may wait in the thread pool, two pipes lead to a child, and more listeners than one',
  },
  cgroupDepth: {
    maxEntries: 64,
    of: 'directories from the root to the group of a target, which it may nest',
    why: "Kubernetes in a container has some fifteen; each is opened, and each group's numbers are read",
  },
  groupProcesses: {
    maxEntries: 1000,
    of: "other processes in a target's group, of which memory is summed",
    why: '50 ms of reading, in slices; more are counted and not summed',
  },
  groupPids: {
    maxEntries: 100_000,
    of: "processes in a target's group and those below it, which it starts",
    why: 'a container has some tens; they are held to be counted once',
  },
  groupChildren: {
    maxEntries: 100,
    of: "groups below a target's, which it may make",
    why: 'a container that runs systemd has some fifty; each is read at every poll',
  },
  groupEntries: {
    maxEntries: 10_000,
    of: 'files and folders of a group, of which the child groups are searched for',
    why: 'a group has some hundred files of its own',
  },
  processes: {
    maxEntries: 200_000,
    of: 'processes of the machine, among which a target is searched for',
    why: 'a full node has ten thousand; each is read in 20 to 50 us, in slices',
  },
  openFiles: {
    maxEntries: 200_000,
    of: 'open files of all processes, among which the owner of a port is searched for',
    why: '5 us each, in slices: a second of a core when a target is searched for by its port',
  },
  ownerWalks: {
    maxEntries: 3,
    of: "walks over all open files for the owner of a target's port, in a row, which it may ask for by execve(2) or a count of collections that falls",
    why: 'each may take a second of a core; one more for every ten polls, as often as a program may well start',
  },
  openFilesOfOne: {
    maxEntries: 20_000,
    of: 'open files of one process, among which its listening sockets are searched for',
    why: '5 us each, in slices; the sockets that a server listens on are among the first it opens',
  },
  descriptorsOfTarget: {
    maxDescriptors: 50_000,
    of: 'open files of a target, which it opens, of which it is shown what they hold',
    why: '5 us each, in slices and for at most 1 % of the time; a server of so many connections is the one whose queues count',
  },
  tcpTables: {
    maxBytes: 8 * 1024 * 1024,
    of: "the tables of TCP sockets of a target's network, which whoever shares it may lengthen",
    why: '150 bytes for each of 50 000 connections; the kernel takes a microsecond for each, and where it is longer the queues are not known',
  },
  bpfMaps: {
    maxDescriptors: 1000,
    of: 'BPF maps of a target, each of which is asked what it takes',
    why: '10 us each; an agent of a node has some hundred',
  },
  memoryFiles: {
    maxDescriptors: 1000,
    of: 'memfds and deleted files of a target that are asked what they hold',
    why: '40 us each, in slices; programs keep one or two, and more are counted',
  },
  tmpfsFiles: {
    maxDescriptors: 64,
    of: 'deleted files on the tmpfs mounts of a target, at each of which its mounts are read once more',
    why: 'a mountinfo may have 4 MiB; more are counted',
  },
  listeners: {
    maxBytes: 1024 * 1024,
    of: 'a table of TCP sockets, which whoever shares the network may lengthen',
    why: 'those that listen stand first, and 7000 of them are so long',
  },
  machineStat: {
    maxBytes: 1024 * 1024,
    of: '/proc/stat, of which the time of boot is wanted',
    why: 'it grows with processors and interrupts: 100 kB on a machine with 256 of them',
  },
  recordedTexts: {
    maxBytes: 256 * 1024 * 1024,
    of: 'texts that `memgap record` keeps, which grow with the polls and with the profiles of the target, and that `memgap explain FILE` unpacks of any file',
    why: 'forty polls of a Prometheus with its heap profiles are 60 MB; a file that unpacks to more is no record',
  },
  recordFile: {
    maxBytes: 64 * 1024 * 1024,
    of: 'a file that `memgap explain FILE` is given',
    why: 'records are packed to a tenth: the texts of a whole one are no more',
  },
  replayedTexts: {
    maxBytes: 2 * 1024 * 1024 * 1024,
    of: 'texts of a record that are gone through again, each as often as it stands in a poll',
    why: 'of a recording that memgap made most are different ones; a file that somebody made may name one a million times',
  },
  recordedPolls: {
    maxEntries: 1000,
    of: 'polls of one record',
    why: 'four hours at the usual interval',
  },
  recordedProfile: {
    maxBytes: 8 * 1024 * 1024,
    of: 'a heap profile that `memgap record` keeps, which grows with the program',
    why: 'ten times that of a Prometheus; of a longer one only the numbers at its end are kept, which is what is used',
  },
} as const satisfies Readonly<Record<string, Budget>>;
