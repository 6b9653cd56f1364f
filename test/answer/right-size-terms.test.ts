import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rightSize } from '../../src/answer/right-size.ts';
import { rightSizeLines } from '../../src/answer/right-size-lines.ts';
import { type Ledger, ledgerOf } from '../../src/books/ledger.ts';
import { filesInUse } from '../../src/history/files-in-use.ts';
import type { CgroupEvents, OtherProcesses } from '../../src/model/cgroup.ts';
import type { MemStats } from '../../src/model/go.ts';
import { found } from '../../src/model/reading.ts';
import type { LastObservation } from '../../src/model/snapshot.ts';
import { bytes } from '../../src/model/units.ts';
import { bookWith } from '../causes/books.ts';
import { pastOf } from '../causes/pasts.ts';
import { runs } from '../runs.ts';
import { cgroupStatWith, memStatsWith, snapshotWith } from '../snapshots.ts';

const mib = 1024 ** 2;
const inBytes = (size: number) => bytes(Math.round(size * mib));

/** Sizes in MiB. */
interface Case {
  readonly anon: number;
  readonly rssFile: number;
  /** What the group is charged for of anonymous memory, and of the page cache on each list. */
  readonly charged?: number;
  readonly active?: number;
  readonly inactive?: number;
  readonly locked?: number;
  readonly mappedFile?: number;
  readonly kernel?: number;
  readonly hwm?: number;
  readonly peak?: number;
  readonly limit?: number;
  readonly sys?: number;
  readonly heapAlloc?: number;
  readonly nextGc?: number | undefined;
  readonly memstats?: Partial<MemStats>;
  readonly events?: Partial<CgroupEvents>;
  readonly others?: OtherProcesses;
}

function ledgerAt(made: Case): Ledger {
  const { anon, rssFile, charged = anon, active = 0, inactive = 0, locked = 0, mappedFile = 0, kernel = 1 } = made;
  const { sys = 12, heapAlloc = 1, nextGc = 4 } = made;
  const none = bytes(0);
  const file = inBytes(active + inactive + locked);
  const lists = { activeFile: inBytes(active), inactiveFile: inBytes(inactive), mappedFile: inBytes(mappedFile) };
  const stat = cgroupStatWith({ anon: inBytes(charged), file, shmem: none, dirty: none, writeback: none, ...lists });
  const usage = inBytes(charged + active + inactive + locked + kernel);
  const heapInuse = inBytes(heapAlloc + 1);
  const heapSys = inBytes(sys - 4);
  const heap = { sys: inBytes(sys), heapAlloc: inBytes(heapAlloc), heapInuse, heapSys, heapIdle: bytes(heapSys - heapInuse) };
  const nothing = {
    heapReleased: bytes(heapSys - heapInuse),
    stackSys: inBytes(1),
    stackInuse: inBytes(1),
    mspanSys: none,
    mcacheSys: none,
  };
  const rest = { buckHashSys: none, gcSys: inBytes(2), otherSys: inBytes(1), nextGc: nextGc === undefined ? undefined : inBytes(nextGc) };
  const vmRss = inBytes(anon + rssFile);
  const shown = { rssAnon: inBytes(anon), rssFile: inBytes(rssFile), rssShmem: none, vmSwap: none, vmPte: none, threads: 9 };
  return ledgerOf(
    snapshotWith({
      go: found({ memstats: memStatsWith({ ...heap, ...nothing, ...rest, ...made.memstats }) }),
      status: found({ name: 'x', vmRss, vmHwm: inBytes(made.hwm ?? anon + rssFile), ...shown }),
      events: found({ oom: undefined, oomKill: 0, max: 0, high: undefined, ...made.events }),
      ...(made.others && { others: found(made.others) }),
      cgroup: found({
        version: 1,
        via: 'path',
        levels: [{ path: '/x', usage, limit: made.limit === undefined ? undefined : inBytes(made.limit), high: undefined, stat }],
        usageBefore: usage,
        peak: made.peak === undefined ? undefined : inBytes(made.peak),
        swap: undefined,
        swapLimit: undefined,
        hierarchicalLimit: undefined,
      }),
    }),
  );
}

function sized(ledger: Ledger, past = pastOf({}), previous?: LastObservation) {
  const reading = rightSize(ledger, past, previous);
  assert.ok(reading.ok, reading.ok ? '' : reading.detail);
  return reading.value;
}

function refusal(ledger: Ledger, past = pastOf({}), previous?: LastObservation): string {
  const reading = rightSize(ledger, past, previous);
  assert.ok(!reading.ok && reading.reason === 'too-early', 'a size was told');
  return reading.detail;
}

test('hot-file: a mapped file of 120 MiB in use is in the limit, which passed at 152 MiB and starved at 41', () => {
  const { limit, files, gomemlimit } = sized(
    ledgerAt({ anon: 25, rssFile: 129, inactive: 129, mappedFile: 129, sys: 33, heapAlloc: 21, nextGc: 42 }),
  );
  assert.equal(files, 129 * mib);
  assert.ok(limit >= 152 * mib && limit <= 1.6 * 152 * mib, `${limit / mib}`);
  assert.ok(gomemlimit.ok && gomemlimit.value >= 42 * mib);
});

test('active-file: 112 MiB that read(2) needs all the time are in it, which passed at 124 MiB and read 2.9 GB at 20', () => {
  const { limit } = sized(ledgerAt({ anon: 3, rssFile: 9, active: 112, inactive: 9, mappedFile: 9 }));
  assert.ok(limit >= 124 * mib && limit <= 1.6 * 124 * mib, `${limit / mib}`);
});

test('mapped pages and pages of the active list are two things until the kernel looked for memory, then the same', () => {
  const made = { anon: 3, rssFile: 50, active: 60, inactive: 60, mappedFile: 50 };
  assert.equal(sized(ledgerAt(made)).files, 110 * mib);
  assert.equal(sized(ledgerAt({ ...made, events: { max: 7 } })).files, 60 * mib);
});

test('shared-layer: what another group is charged for counts, and is said', () => {
  const ledger = ledgerAt({ anon: 2, rssFile: 205 });
  const { files, limit, filesElsewhere } = sized(ledger);
  assert.deepEqual([files, filesElsewhere], [205 * mib, 205 * mib]);
  assert.ok(limit > 208 * mib);
  assert.ok(rightSizeLines(ledger, pastOf({}))?.caveats.includes('205 MiB of the files are charged to another group now'));
});

test('locked file pages stand among what can not be taken back, and not twice', () => {
  const { files, peak } = sized(ledgerAt({ anon: 10, rssFile: 104, locked: 100, inactive: 4, mappedFile: 104 }));
  assert.equal(files, 4 * mib);
  assert.ok(peak >= 111 * mib);
});

test('with a multi-generational LRU what is read from the cache again and again is in use, though it stands among the inactive pages', () => {
  const { snapshot } = ledgerAt({ anon: 5, rssFile: 6, active: 0.3, inactive: 118 });
  const readFromCache = (size: number, events?: CgroupEvents) => {
    const activity = found({ cpuSeconds: 1, majorFaults: 0, readBytes: bytes(0), readFromCache: inBytes(size) });
    return (
      (filesInUse(ledgerOf({ ...snapshot, activity, ...(events && { events: found(events) }) }), 'container')?.size ?? Number.NaN) / mib
    );
  };
  assert.ok(Math.abs(readFromCache(4000) - 118.3) < 0.1, 'all of the cache may have been');
  assert.ok(Math.abs(readFromCache(40) - 40) < 0.1, 'no more than was read');
  assert.ok(readFromCache(0) < 7, 'nothing was: it streamed by');
  const known = snapshot.events.ok ? snapshot.events.value : { max: 0, high: 0 };
  assert.ok(readFromCache(4000, { ...known, max: 1 } as CgroupEvents) < 7, 'once the kernel looked for memory its lists say it');
});

test('rings and devices that count as RssFile are no files; what neither the process nor its group tells is not known, and not 0', () => {
  const { snapshot } = ledgerAt({ anon: 2, rssFile: 70 });
  const mapped = bookWith({ kernel_mappings: 64 * mib, exe_file: 6 * mib });
  assert.equal(filesInUse(ledgerOf(snapshot, mapped), 'container')?.size, 6 * mib);
  const { cgroup } = snapshot;
  assert.ok(cgroup.ok);
  const [level] = cgroup.value.levels;
  const stat = { ...level.stat, activeFile: undefined };
  const untold = ledgerOf({
    ...snapshot,
    status: snapshotWith({}).status,
    cgroup: found({ ...cgroup.value, levels: [{ ...level, stat }] }),
  });
  assert.equal(filesInUse(untold, 'container'), undefined);
  assert.ok(rightSizeLines(untold, pastOf({}))?.caveats.some((each) => each.startsWith('file pages in use are not in it')));
});

test('right-size-ignores-next-gc: 261 MiB live and the next collection at 525 is a limit above that; 323 was one to be killed at', () => {
  const { limit, peakSource, gomemlimit } = sized(ledgerAt({ anon: 282, rssFile: 5, sys: 290, heapAlloc: 262, nextGc: 525 }));
  assert.equal(peakSource, 'goal');
  assert.ok(limit >= 550 * mib && limit <= 1.6 * 535 * mib, `${limit / mib}`);
  assert.ok(gomemlimit.ok && gomemlimit.value >= 525 * mib, 'its collections come no sooner');
});

test('a ballast that was never written to lets the heap grow by as much', () => {
  const { limit } = sized(ledgerAt({ anon: 3, rssFile: 5, sys: 1040, heapAlloc: 1025, nextGc: 2050 }));
  assert.ok(limit >= 1028 * mib);
});

test('the most the heap was let grow to needs no room where GOMEMLIMIT holds it at the most that was seen', () => {
  const past = pastOf({
    held: [30 * mib, 140 * mib, 30 * mib],
    at_goal: [40 * mib, 270 * mib, 40 * mib],
    used: [28 * mib, 136 * mib, 28 * mib],
  });
  const { limit, gomemlimit } = sized(ledgerAt({ anon: 29, rssFile: 6, sys: 142, heapAlloc: 20, nextGc: 40 }), past);
  assert.equal(limit, 162 * mib);
  assert.ok(gomemlimit.ok && gomemlimit.value >= 136 * mib);
  const squeezing = pastOf({ ...{ held: [30 * mib, 140 * mib], at_goal: [40 * mib, 270 * mib] }, used: [28 * mib, 160 * mib] });
  assert.ok(sized(ledgerAt({ anon: 29, rssFile: 6, sys: 170, heapAlloc: 20, nextGc: 40 }), squeezing).limit >= 270 * mib);
});

test('exec-probe-spike: a container that stood at 180 MiB with no cache, and never met a limit, has them in its limit', () => {
  const made = { anon: 23, rssFile: 6, inactive: 0.004, peak: 180, sys: 30, heapAlloc: 20, nextGc: 40 };
  const { limit, peakSource, notGo = 0, gomemlimit } = sized(ledgerAt(made));
  assert.equal(peakSource, 'between');
  assert.ok(limit >= 196 * mib && notGo >= 149 * mib);
  assert.ok(!gomemlimit.ok || gomemlimit.value + notGo <= 0.95 * limit);
  assert.ok(sized(ledgerAt({ ...made, events: { max: 12 } })).limit < 80 * mib, 'failcnt: it may have been cache');
  assert.ok(sized(ledgerAt({ ...made, inactive: 150 })).limit < 80 * mib, 'it was cache');
});

test("native-peak: of 200 MiB that were not Go's, and are over, GOMEMLIMIT leaves 17 to 25 MiB, not 211", () => {
  const { limit, notGo, gomemlimit } = sized(ledgerAt({ anon: 2.3, rssFile: 5.3, hwm: 208, peak: 203, sys: 9, heapAlloc: 0.5 }));
  assert.ok((notGo ?? 0) >= 193 * mib);
  assert.ok(limit >= 220 * mib && limit <= 240 * mib);
  assert.ok(gomemlimit.ok && gomemlimit.value >= 14 * mib && gomemlimit.value <= 25 * mib);
});

test('file-peak: a mapped file of 120 MiB that is over, seen by a poll, is no memory; where nobody saw it one look can not tell', () => {
  const made = { anon: 16, rssFile: 5.6, inactive: 129, hwm: 142, peak: 145, sys: 28, heapAlloc: 12, nextGc: 14 };
  assert.match(
    refusal(ledgerAt(made), pastOf({ held: [17 * mib] })),
    /^whether its peak of 1\d\d MiB was memory or file pages one look can't tell/,
  );
  const { limit, streamed } = sized(ledgerAt(made), pastOf({ rss: [141 * mib, 22 * mib], page_cache: [129 * mib, 129 * mib] }));
  assert.equal(streamed, 48 * mib);
  assert.ok(limit >= 59 * mib && limit <= 1.6 * 59 * mib, `${limit / mib}`);
  assert.ok(sized(ledgerAt(made), pastOf({ rss: [22 * mib, 22 * mib] })).limit > 142 * mib, 'polls that did not see it do not explain it');
});

test('log-writer: 30 MiB a second of logs need room until they are on the disk; 115 MiB were the least that passed', () => {
  const made = { anon: 13, rssFile: 5.5, inactive: 7, peak: 207, sys: 24, heapAlloc: 10, nextGc: 20 };
  const written = [0, 30, 60, 90, 120, 150, 180, 180, 180, 180].map((each) => each * mib);
  const page_cache = [9, 39, 69, 99, 129, 159, 187, 7, 7, 7].map((each) => each * mib);
  const { limit } = sized(ledgerAt(made), pastOf({ held: [14 * mib, 20 * mib], written, page_cache }, 1));
  assert.ok(limit >= 115 * mib && limit <= 1.6 * 115 * mib, `${limit / mib}`);
});

test('KSM, or a process that was moved: what its group is not charged for is its own all the same, and said', () => {
  const ledger = ledgerAt({ anon: 72, rssFile: 5, charged: 0.5, sys: 75, heapAlloc: 62, nextGc: 64 });
  const { of, limit } = sized(ledger);
  assert.equal(of, 'elsewhere');
  assert.ok(limit >= 80 * mib);
  assert.ok(
    rightSizeLines(ledger, pastOf({}))?.caveats.includes('other groups are charged for pages of this process: the size is its own'),
  );
});

test('nine strangers in a group are not in the size; who comes and goes is', () => {
  const others = { count: 9, rss: inBytes(900), anon: inBytes(900), strangers: 9 };
  const ledger = ledgerAt({ anon: 20, rssFile: 6, charged: 920, others, sys: 22, heapAlloc: 15, nextGc: 16, peak: 950 });
  const { of, limit } = sized(ledger);
  assert.equal(of, 'shared');
  assert.ok(limit < 45 * mib);
  const said = rightSizeLines(ledger, pastOf({}))?.caveats ?? [];
  assert.ok(said.includes('9 others share this group: of the process alone, without kernel memory and sockets'), said.join('\n'));
  assert.equal(sized(ledger, pastOf({ strangers: [0, 9, 9] })).of, 'container');
});

const previous: LastObservation = {
  ...{ pid: 7, startTime: 1, takenAt: 2, rss: undefined, used: undefined, usage: undefined, peak: undefined, notGo: undefined },
  ...{ limit: inBytes(25), headroom: inBytes(20), unreclaimable: inBytes(11) },
};

test('the limit that killed is never told again, nor one that is near to it: by the group, by its previous, by the machine', () => {
  const young = ledgerAt({ anon: 5, rssFile: 4 });
  assert.ok(sized(young, pastOf({}), previous).limit < 25 * mib, 'nobody was killed');
  const grew = { what: 'the Go heap', size: 9 * mib };
  assert.match(
    refusal(young, pastOf({}), { ...previous, oomKills: 1, grew }),
    /^it was OOM-killed at a limit of 25\.0 MiB \(most of what grew: the Go heap, by 9\.00 MiB\): it needs more than was seen of it\. Give it 50\.0 MiB/,
  );
  assert.match(
    refusal(ledgerAt({ anon: 5, rssFile: 4, limit: 25, peak: 25, events: { oomKill: 3 } })),
    /^it was OOM-killed at a limit of 25\.0 MiB/,
  );
  const machine = { ...previous, machineOomKills: 4 };
  const since = (count: number, step = 1) => pastOf({ held: [5 * mib, 5 * mib], machine_oom_kills: [count, count] }, step);
  assert.match(refusal(young, since(5), machine), /^the process before this one ended when the kernel killed for want of memory,/);
  assert.ok(sized(young, since(4), machine));
  assert.ok(sized(young, since(5, 3600), machine), 'it lived for an hour: somebody else was killed');
});

test('a size far above what killed is told: what it rests on explains the kill', () => {
  const { limit } = sized(ledgerAt({ anon: 70, rssFile: 9, sys: 80, heapAlloc: 50, nextGc: 250 }), pastOf({}), {
    ...previous,
    limit: inBytes(90),
    oomKills: 1,
  });
  assert.ok(limit >= 2 * 90 * mib);
});

test('no size while it grows, with what and how fast, long before an hour; a start that ends is none', () => {
  const ledger = ledgerAt({ anon: 60, rssFile: 6, sys: 70, heapAlloc: 50, nextGc: 55 });
  const line = Array.from({ length: 8 }, (_, index) => (30 + 5 * index) * mib);
  assert.equal(
    refusal(ledger, pastOf({ held: line, at_goal: line, heap_alloc: line })),
    'it grows, by 35.0 MiB in 1m45s, most of all the Go heap: no size is right for long',
  );
  const start = [10, 40, 55, 60, 60, 60, 60, 60, 60, 60].map((each) => each * mib);
  assert.ok(sized(ledger, pastOf({ held: start, at_goal: start })));
});

test('no size where nothing starts a collection, and none at memory.high', () => {
  const off = ledgerAt({ anon: 60, rssFile: 6, sys: 70, heapAlloc: 50, memstats: { nextGc: undefined } });
  assert.match(refusal(off), /^GOGC is off and no GOMEMLIMIT holds/);
  const untold = ledgerAt({ anon: 60, rssFile: 6, sys: 70, heapAlloc: 50, memstats: { nextGc: undefined, isNextGcUnknown: true } });
  assert.ok(
    rightSizeLines(untold, pastOf({}))?.caveats.some((each) => each.includes('the heap at which the next collection comes is not known')),
  );
  const { snapshot } = ledgerAt({ anon: 60, rssFile: 6, sys: 70, heapAlloc: 50, nextGc: 52, events: { high: 40 } });
  const { cgroup } = snapshot;
  assert.ok(cgroup.ok);
  const [level] = cgroup.value.levels;
  const throttled = ledgerOf({ ...snapshot, cgroup: found({ ...cgroup.value, levels: [{ ...level, high: inBytes(62) }] }) });
  assert.match(refusal(throttled), /^memory\.high holds it back at 62\.0 MiB/);
});

test('gomemlimit-spiral: what a GOMEMLIMIT squeezes gets a limit with room for one that does not', () => {
  const { snapshot } = ledgerAt({ anon: 214, rssFile: 5, sys: 220, heapAlloc: 200, nextGc: 201 });
  const { go } = snapshot;
  assert.ok(go.ok);
  const squeezed = ledgerOf({ ...snapshot, go: found({ ...go.value, memoryLimit: inBytes(200) }) });
  const { gomemlimit, limit } = sized(squeezed);
  assert.ok(gomemlimit.ok && gomemlimit.value >= 1.25 * 200 * mib && limit > gomemlimit.value);
  assert.match(rightSizeLines(squeezed, pastOf({}))?.reasons[1] ?? '', /^limit: raised, for the GOMEMLIMIT that is set squeezes the heap/);
});

test('prometheus: no GOMEMLIMIT below what a poll saw Go use under load; 37 MiB cost six times the collections', () => {
  const ledger = ledgerAt({ anon: 18, rssFile: 44, inactive: 44, mappedFile: 44, sys: 48, heapAlloc: 12, nextGc: 20 });
  const { gomemlimit } = sized(ledger, pastOf({ heap_inuse: [14 * mib, 39 * mib, 14 * mib], not_go: [2 * mib, 12 * mib, 2 * mib] }));
  assert.ok(!gomemlimit.ok || gomemlimit.value >= 39 * mib);
});

test('GOGC=off with a GOMEMLIMIT of 160 MiB, which one look finds full, keeps it', () => {
  const { snapshot } = ledgerAt({ anon: 158, rssFile: 5, sys: 162, heapAlloc: 145, nextGc: 150 });
  const { go } = snapshot;
  assert.ok(go.ok);
  const { gomemlimit, limit } = sized(ledgerOf({ ...snapshot, go: found({ ...go.value, gogc: 'off', memoryLimit: inBytes(160) }) }));
  assert.ok(gomemlimit.ok && gomemlimit.value >= 160 * mib && limit <= 190 * mib, `${limit / mib}`);
});

test('node_exporter: tables that were never touched count for GOMEMLIMIT: none at 17 MiB, which cost six times the collections', () => {
  const heap = {
    heapAlloc: bytes(1142968),
    heapSys: bytes(7962624),
    heapIdle: bytes(5193728),
    heapInuse: bytes(2768896),
    heapReleased: bytes(3710976),
  };
  const tables = {
    mspanSys: bytes(81360),
    mcacheSys: bytes(0),
    buckHashSys: bytes(1486313),
    gcSys: bytes(9440624),
    otherSys: bytes(637919),
  };
  const memstats = { sys: bytes(20034824), ...heap, ...tables, stackSys: bytes(425984), stackInuse: bytes(425984), nextGc: bytes(4194304) };
  const { gomemlimit } = sized(ledgerAt({ anon: 8.5, rssFile: 13.6, inactive: 13.6, memstats }));
  assert.ok(!gomemlimit.ok && /MiB would be left, and Go needs 17\.\d MiB/.test(gomemlimit.detail), JSON.stringify(gomemlimit));
});

test('whatever was seen: room for peak, files and margin; GOMEMLIMIT below it; never at what killed or below', () => {
  const size = fc.integer({ min: 1, max: 2000 });
  const killed = fc.option(size, { nil: undefined });
  fc.assert(
    fc.property(size, size, size, size, size, killed, fc.boolean(), (anon, rssFile, active, peak, heapAlloc, at, isMapped) => {
      const made = { anon, rssFile, active, inactive: isMapped ? rssFile : 0, mappedFile: isMapped ? rssFile : 0, peak };
      const ledger = ledgerAt({ ...made, sys: heapAlloc + 20, heapAlloc, nextGc: 2 * heapAlloc });
      const sight = at === undefined ? undefined : { ...previous, limit: inBytes(at), oomKills: 1 };
      const reading = rightSize(ledger, pastOf({}), sight);
      if (!reading.ok) return assert.equal(reading.reason, 'too-early');
      const { limit, files = Number.NaN, margin, gomemlimit, request } = reading.value;
      assert.ok(limit >= anon * mib + rssFile * mib + margin && limit >= reading.value.peak + files + margin);
      assert.ok(files >= Math.max(rssFile, active) * mib && request <= limit);
      if (gomemlimit.ok) assert.ok(gomemlimit.value + files <= 0.95 * limit);
      if (at !== undefined) assert.ok(limit > at * mib);
    }),
    { numRuns: runs(100) },
  );
});
