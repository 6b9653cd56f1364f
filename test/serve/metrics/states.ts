import { ledgerOf } from '../../../src/books/ledger.ts';
import type { RssBook } from '../../../src/books/owners/book.ts';
import { nothingSeen } from '../../../src/books/owners/seen.ts';
import { judge } from '../../../src/causes/engine/judge.ts';
import { causes } from '../../../src/causes/index.ts';
import type { TargetState } from '../../../src/causes/state.ts';
import { createHistory } from '../../../src/history/history.ts';
import type { MemStats } from '../../../src/model/go.ts';
import { found, missing, type Reading } from '../../../src/model/reading.ts';
import type { Aged, Snapshot } from '../../../src/model/snapshot.ts';
import { bytes, kib } from '../../../src/model/units.ts';
import { nothingNamed } from '../../causes/books.ts';
import { snapshotWith } from '../../snapshots.ts';

/** The operator of the seed case after its load test (test/fixtures/seed-case.json), as published by its investigator. */
const seedMemStats: MemStats = {
  sys: bytes(141271320),
  heapAlloc: bytes(11551184),
  heapSys: bytes(127844352),
  heapIdle: bytes(104562688),
  heapInuse: bytes(23281664),
  heapReleased: bytes(100155392),
  stackInuse: bytes(2129920),
  stackSys: bytes(2129920),
  mspanSys: bytes(2040000),
  mcacheSys: bytes(15600),
  buckHashSys: bytes(2525199),
  gcSys: bytes(4930776),
  otherSys: bytes(1785473),
  nextGc: bytes(22293192),
  numGc: 61422,
};

/**
 * A snapshot in which everything is known. Go and RSS are the seed case's; the group around them (v2 of Linux 7.2) is made up to fit its
 * 130 MB.
 */
export const fullSnapshot: Snapshot = {
  target: 'operator',
  labels: {},
  takenAt: 1715128460.25,
  process: found({ pid: 4711, startTicks: 123456, startTime: 1715120000.5 }),
  go: found({ memstats: seedMemStats, goroutines: 84, threads: 17, goVersion: 'go1.22.3', memoryLimit: bytes(209715200), gogc: 1 }),
  goSource: 'pprof_heap',
  environment: missing('disabled', 'the Go source tells GOMEMLIMIT and GOGC itself'),
  bracket: found({ skew: bytes(8192), stable: true, attempts: 1 }),
  profiles: found({ goroutines: 84, threads: 17 }),
  build: found({ goVersion: 'go1.22.3', mainModule: 'example.org/operator', goarch: 'amd64', cgo: false, instrumented: false }),
  status: found({
    name: 'manager',
    vmRss: kib(77632),
    vmHwm: kib(131072),
    rssAnon: kib(50532),
    rssFile: kib(27100),
    rssShmem: kib(0),
    vmSwap: kib(0),
    vmPte: kib(412),
    vmLck: kib(0),
    vmPin: kib(0),
    hugetlbPages: kib(0),
    threads: 16,
  }),
  activity: found({ cpuSeconds: 12.5, majorFaults: 31, readBytes: bytes(4194304) }),
  openFiles: found({
    at: 1715128445.5,
    value: {
      descriptors: 31,
      sockets: 12,
      tcpSockets: 11,
      sendQueues: bytes(0),
      sending: 0,
      sendHeld: bytes(0),
      receiveQueues: bytes(0),
      pipes: 0,
      anonInodes: { eventpoll: { count: 1 }, eventfd: { count: 1 }, inotify: { count: 1 } },
      deleted: { count: 0, unsized: 0, bytes: bytes(0), largest: [] },
    },
  }),
  limits: found({ stack: bytes(8388608), addressSpace: undefined, lockedMemory: bytes(8388608) }),
  rollup: found({
    at: 1715128445.75,
    value: {
      rss: kib(77848),
      pss: kib(70204),
      anonymous: kib(50748),
      lazyFree: kib(9216),
      anonHugePages: kib(4096),
      swap: kib(0),
      locked: kib(0),
    },
  }),
  cgroup: found({
    version: 2,
    via: 'root',
    usageBefore: bytes(130019328),
    peak: bytes(151060480),
    swap: bytes(0),
    swapLimit: bytes(0),
    hierarchicalLimit: undefined,
    levels: [
      {
        path: '/',
        usage: bytes(130023424),
        limit: bytes(268435456),
        high: bytes(241172480),
        stat: {
          anon: bytes(51744768),
          file: bytes(68001792),
          shmem: bytes(4096),
          kernel: bytes(9961472),
          kernelStack: bytes(262144),
          pageTables: bytes(1200128),
          percpu: bytes(12480),
          vmalloc: bytes(8192),
          slabReclaimable: bytes(5400000),
          slabUnreclaimable: bytes(2000000),
          zswap: bytes(0),
          sock: bytes(204800),
          hugetlb: undefined,
          dirty: bytes(4096),
          writeback: bytes(0),
          swapCached: bytes(0),
          activeFile: bytes(28000256),
          inactiveFile: bytes(49430528),
          refaultedFile: 4387,
          lists: bytes(119746560),
        },
      },
    ],
  }),
  events: found({ oom: 0, oomKill: 0, max: 3, high: 12 }),
  pressure: found({ waiting: 1.25, stalled: 0.5 }),
  others: found({ count: 1, rss: bytes(20971520), anon: bytes(1212416) }),
  kernelThp: found('madvise'),
  sources: {
    pprof_heap: { ok: true, seconds: 0.0042 },
    pprof_index: { ok: true, seconds: 0.0007 },
    status: { ok: true, seconds: 0.00002 },
    cgroup: { ok: true, seconds: 0.0002 },
    build_info: { ok: false, seconds: 0.0001, reason: 'denied', detail: '/proc/4711/exe: needs the same uid and gid as the target' },
  },
};

const mapped = {
  go_arenas: kib(30000),
  go_released_lazyfree: kib(9216),
  go_released_resident: kib(4096),
  go_metadata: kib(3400),
  exe_file: kib(26000),
  exe_data: kib(600),
  shared_libraries: kib(1100),
  mapped_files: kib(36),
  file_cow: kib(0),
  c_malloc: kib(300),
  native_mmap: kib(3000),
  jit_code: kib(0),
  thread_stacks: kib(80),
  shmem: kib(0),
  kernel_mappings: kib(4),
};

/** Its mappings by owner, made up to fit: 16 KiB have none. */
export const fullBook: Reading<Aged<RssBook>> = found({
  at: 1715128445.75,
  value: {
    total: kib(77848),
    components: mapped,
    unattributed: kib(16),
    ambiguity: kib(120),
    bracketWidth: kib(8),
    moved: kib(0),
    slack: kib(4),
    score: 148 / 77848,
    byElimination: kib(120),
    nonGoAnon: { estimate: kib(3000), low: kib(2900), high: kib(3020), malloc: 0, size: kib(3100), kind: 'mmap or malloc' },
    released: {
      lazyFree: kib(9216),
      beyond: kib(4096),
      floor: kib(13312),
      ceiling: kib(43312),
      reason: 'hugepages',
      notResident: 0,
    },
    heapPages: { resident: kib(43312), swapped: 0, lazyFree: kib(9216), locked: 0, huge: kib(4096), eligible: true },
    notResident: kib(0),
    identities: undefined,
    named: { ...nothingNamed, files: { clean: kib(36), dirty: kib(0), locked: kib(0) } },
    largestFiles: [{ path: '/var/lib/op/db', rss: kib(36) }],
    libraries: [],
    hugeTlb: kib(0),
    openQuestions: [],
    seen: nothingSeen,
  },
});

/** A snapshot in which nothing is known. */
export const emptySnapshot: Snapshot = snapshotWith({ target: 'nothing', takenAt: 1715128460 });

/** A state around a snapshot; `up` unless something else is given. */
export function stateOf(snapshot: Snapshot, rest: Partial<TargetState> = {}): TargetState {
  // the book goes with the readings that it is made of
  const ledger = ledgerOf(snapshot, snapshot.go.ok && snapshot.status.ok && snapshot.rollup.ok ? fullBook : undefined);
  const history = createHistory();
  history.add(ledger);
  const past = history.past();
  return {
    name: snapshot.target,
    labels: snapshot.labels,
    condition: 'up',
    ledger,
    errors: new Map(),
    restarts: 0,
    past,
    verdicts: judge(causes, { ledger, past }),
    ...rest,
    ...('ledger' in rest && rest.ledger === undefined && { verdicts: undefined }),
  };
}

/** A target in each condition: one of which everything is known, one whose snapshot went stale, one that was never there. */
export const everyCondition: readonly TargetState[] = [
  stateOf(fullSnapshot, { errors: new Map([['build_info', new Map([['denied', 3]])]]), restarts: 1 }),
  stateOf(fullSnapshot, {
    name: 'shop/cart-7d9f/worker',
    labels: { namespace: 'shop', pod: 'cart-7d9f', container: 'worker' },
    condition: 'down',
    ledger: undefined,
    errors: new Map([
      [
        'pprof_heap',
        new Map([
          ['unreachable', 12],
          ['timeout', 1],
        ]),
      ],
    ]),
    restarts: 2,
  }),
  stateOf(emptySnapshot, { name: 'late', condition: 'waiting', ledger: undefined }),
];
