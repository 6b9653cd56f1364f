import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ledgerOf } from '../../../src/books/ledger.ts';
import type { TargetState } from '../../../src/causes/state.ts';
import type { CgroupNumbers, CgroupStat } from '../../../src/model/cgroup.ts';
import type { GoNumbers, MemStats } from '../../../src/model/go.ts';
import type { ProcessStatus } from '../../../src/model/process.ts';
import { found, missing, type Reading } from '../../../src/model/reading.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { type Bytes, bytes } from '../../../src/model/units.ts';
import { metricsPage } from '../../../src/serve/metrics/page.ts';
import { runs } from '../../runs.ts';
import { type ReadFamily, readExposition } from './exposition.ts';
import { fullSnapshot } from './states.ts';

const size = fc.integer({ min: 0, max: 2 ** 42 }).map(bytes);
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const gap = fc.constantFrom('gone', 'denied', 'unsupported', 'malformed', 'timeout').map((reason) => missing(reason, 'not told'));
const reading = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Reading<T>> => fc.oneof({ weight: 4, arbitrary: value.map(found) }, gap);
const text = fc.string({ unit: 'binary', maxLength: 20 });

/** Mostly a MemStats that keeps its identities, sometimes one that does not. */
const memstats: fc.Arbitrary<MemStats> = fc
  .record({
    parts: fc.record({
      live: size,
      waste: size,
      reserved: size,
      released: size,
      stacks: size,
      mspan: size,
      mcache: size,
      buckets: size,
      gc: size,
      other: size,
    }),
    old: fc.boolean(),
    nextGc: perhaps(size),
    error: fc.constantFrom(0, 0, 0, -4096, 1, 2 ** 50),
  })
  .map(({ parts: p, old, nextGc, error }) => ({
    sys: bytes(Object.values(p).reduce<number>((sum, part) => sum + part, 0)),
    heapAlloc: p.live,
    heapSys: bytes(p.live + p.waste + p.reserved + p.released),
    heapIdle: bytes(p.reserved + p.released + error),
    heapInuse: bytes(p.live + p.waste),
    heapReleased: p.released,
    stackInuse: p.stacks,
    stackSys: p.stacks,
    mspanSys: p.mspan,
    mcacheSys: p.mcache,
    buckHashSys: p.buckets,
    gcSys: old ? undefined : p.gc,
    otherSys: old ? undefined : p.other,
    nextGc,
    numGc: undefined,
  }));

const go: fc.Arbitrary<GoNumbers> = fc
  .record({ memstats, goVersion: perhaps(text), residentMemory: perhaps(size), limit: fc.constantFrom<'off' | Bytes>('off', bytes(1)) })
  .map(({ memstats, goVersion, residentMemory, limit }) => ({
    memstats,
    memoryLimit: limit,
    ...(goVersion !== undefined && { goVersion }),
    ...(residentMemory !== undefined && { residentMemory }),
  }));

const status: fc.Arbitrary<ProcessStatus> = fc.record({
  name: text,
  vmRss: size,
  vmHwm: perhaps(size),
  rssAnon: perhaps(size),
  rssFile: perhaps(size),
  rssShmem: perhaps(size),
  vmSwap: perhaps(size),
  vmPte: perhaps(size),
  threads: perhaps(fc.nat()),
});

const stat: fc.Arbitrary<CgroupStat> = fc.record({
  anon: perhaps(size),
  file: perhaps(size),
  shmem: perhaps(size),
  kernel: perhaps(size),
  kernelStack: perhaps(size),
  pageTables: perhaps(size),
  percpu: perhaps(size),
  vmalloc: perhaps(size),
  slabReclaimable: perhaps(size),
  slabUnreclaimable: perhaps(size),
  zswap: perhaps(size),
  sock: perhaps(size),
  hugetlb: perhaps(size),
  dirty: perhaps(size),
  writeback: perhaps(size),
  swapCached: perhaps(size),
  activeFile: perhaps(size),
  inactiveFile: perhaps(size),
  lists: perhaps(size),
});

const level = fc.record({ path: text, usage: size, limit: perhaps(size), high: perhaps(size), stat });

const cgroup: fc.Arbitrary<CgroupNumbers> = fc.record({
  version: fc.constantFrom(1, 2),
  via: fc.constantFrom('root', 'path'),
  levels: fc.tuple(level, level),
  usageBefore: size,
  peak: perhaps(size),
  swap: perhaps(size),
  swapLimit: perhaps(size),
  hierarchicalLimit: perhaps(size),
});

const snapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    go: reading(go),
    goSource: perhaps(fc.constantFrom('pprof_heap', 'expvar')),
    status: reading(status),
    cgroup: reading(cgroup),
    build: reading(
      fc.record({
        goVersion: text,
        mainModule: perhaps(text),
        goarch: perhaps(text),
        cgo: perhaps(fc.boolean()),
        instrumented: fc.boolean(),
      }),
    ),
    events: reading(fc.record({ oom: perhaps(fc.nat()), oomKill: perhaps(fc.nat()), max: perhaps(fc.nat()), high: perhaps(fc.nat()) })),
    pressure: reading(fc.record({ waiting: fc.double({ min: 0, max: 1e9, noNaN: true }), stalled: perhaps(fc.constant(0.1)) })),
    others: reading(fc.record({ count: fc.nat(), rss: perhaps(size), anon: perhaps(size) })),
    kernelThp: reading(text),
    rollup: fc.oneof(fc.constant(fullSnapshot.rollup), gap),
    bracket: fc.oneof(fc.constant(fullSnapshot.bracket), gap),
  })
  .map((some) => ({ ...fullSnapshot, ...some }));

const states: fc.Arbitrary<readonly TargetState[]> = fc
  .uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-z0-9/"\\{}=, -]{1,20}$/),
      condition: fc.constantFrom('up' as const, 'down' as const, 'waiting' as const),
      snapshot: perhaps(snapshot),
      restarts: fc.nat(),
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 4 },
  )
  .map((all) =>
    all.map(({ snapshot, ...rest }) => ({
      ...rest,
      labels: {},
      errors: new Map(),
      past: undefined,
      verdicts: undefined,
      ledger: snapshot && ledgerOf(snapshot),
    })),
  );

test('any ledgers make a valid page: no duplicate, no NaN, and parts that add up to their totals', async () => {
  await fc.assert(
    fc.asyncProperty(states, fc.boolean(), async (targets, openMetrics) => {
      const accept = openMetrics ? 'application/openmetrics-text' : undefined;
      const { body } = await metricsPage({ targets, self: undefined }, accept);
      const read = readExposition(body, openMetrics ? 'openmetrics' : 'text');
      for (const { name, ledger } of targets) {
        assertSum(read, name, 'memgap_go_memory_bytes', 'memgap_go_sys_bytes', ledger?.go.ok);
        assertSum(read, name, 'memgap_rss_kind_bytes', 'memgap_rss_bytes', ledger?.rss.ok && ledger.rss.value.kinds.ok);
        assertSum(read, name, 'memgap_cgroup_memory_bytes', 'memgap_cgroup_usage_bytes', ledger?.cgroup.ok);
      }
    }),
    { numRuns: runs(300) },
  );
});

test('what a ledger does not know has no sample, and what it knows has one', async () => {
  await fc.assert(
    fc.asyncProperty(states, async (targets) => {
      const read = readExposition((await metricsPage({ targets, self: undefined }, undefined)).body, 'text');
      for (const { name, condition, ledger } of targets) {
        const has = (family: string, known: boolean | undefined) =>
          assert.equal(samplesOf(read, name, family).length > 0, known === true, `${family} of ${name}`);
        has('memgap_target_up', condition !== 'waiting');
        has('memgap_go_used_bytes', ledger?.go.ok);
        has('memgap_go_memory_bytes', ledger?.go.ok);
        has('memgap_rss_bytes', ledger?.rss.ok);
        has('memgap_rss_unexplained_bytes', ledger?.unexplained.ok);
        has('memgap_rss_mapped_bytes', ledger?.snapshot.rollup.ok);
        has('memgap_cgroup_memory_bytes', ledger?.cgroup.ok);
        has('memgap_cgroup_usage_bytes', ledger?.snapshot.cgroup.ok);
        has('memgap_oom_headroom_bytes', ledger?.cgroup.ok && ledger.cgroup.value.headroom.ok);
        has('memgap_go_memory_limit_bytes', ledger?.snapshot.go.ok && ledger.snapshot.go.value.memoryLimit !== 'off');
        has('memgap_other_processes', ledger?.snapshot.others.ok);
      }
    }),
    { numRuns: runs(200) },
  );
});

function assertSum(read: Map<string, ReadFamily>, target: string, parts: string, total: string, known: boolean | undefined): void {
  const samples = samplesOf(read, target, parts);
  assert.equal(samples.length > 0, known === true, `${parts} of ${target}`);
  if (known !== true) return;
  const [whole] = samplesOf(read, target, total);
  assert.equal(
    samples.reduce((sum, { value }) => sum + value, 0),
    whole?.value,
    `${parts} of ${target}`,
  );
}

function samplesOf(read: Map<string, ReadFamily>, target: string, family: string): ReadFamily['samples'] {
  return (read.get(family)?.samples ?? []).filter(({ labels }) => labels.target === target);
}
