import type { Ledger } from '../books/ledger.ts';
import type { RssBook } from '../books/owners/book.ts';
import type { Verdicts } from '../causes/engine/judge.ts';
import { gogcOf, memoryLimitOf } from '../causes/go/go-settings.ts';
import type { Past } from '../history/past.ts';
import { known } from '../model/reading.ts';
import type { Aged, LastObservation, Snapshot, SourceOutcome } from '../model/snapshot.ts';
import { printableJson } from '../untrusted.ts';
import { rightSize } from './right-size.ts';
import { runbookOf } from './verdict.ts';

/**
 * The ledger as JSON, schema 1: what `explain --json` prints and `/api/v1/ledger` serves. Sizes in bytes as integers, times in Unix
 * seconds. What is not known is an absent key (JSON leaves `undefined` out): never null, never 0. Why it is not known stands under
 * `sources`.
 */
export function ledgerDocument(ledger: Ledger, verdicts?: Verdicts, past?: Past, lastObservation?: LastObservation): object {
  const { snapshot } = ledger;
  const bracket = known(snapshot.bracket);
  return {
    schema: 1,
    target: target(snapshot),
    taken_at: snapshot.takenAt,
    stable: bracket?.stable,
    skew: bracket?.skew,
    go: go(ledger),
    rss: rss(ledger),
    unexplained: known(ledger.unexplained),
    anon_not_in_go_accounts_at_least: known(ledger.anonBeyondGo),
    cgroup: cgroup(ledger),
    sources: Object.fromEntries(Object.entries(snapshot.sources).map(([name, outcome]) => [name, source(outcome)])),
    causes: verdicts?.active.map(({ name, bytes, isDoubtful, summary, evidence, next }) => ({
      name,
      bytes,
      doubtful: isDoubtful,
      summary,
      evidence,
      next,
      runbook: runbookOf(name),
    })),
    causes_not_judged: verdicts?.notJudged,
    right_size: past && size(ledger, past, lastObservation),
  };
}

function target(snapshot: Snapshot): object {
  const build = known(snapshot.build);
  const process = known(snapshot.process);
  return {
    name: snapshot.target,
    ...snapshot.ownPod,
    ...snapshot.labels,
    pid: process?.pid,
    start_time: process?.startTime,
    go_version: build?.goVersion ?? known(snapshot.go)?.goVersion,
    main_module: build?.mainModule,
    goarch: build?.goarch,
    cgo: build?.cgo,
  };
}

function go(ledger: Ledger): object | undefined {
  const { go, mapped, snapshot } = ledger;
  if (!go.ok) return undefined;
  const { total, components, unattributed, used, reserved, released, fragmentation, nextGcHeadroom, metadata } = go.value;
  const numbers = known(snapshot.go);
  const limit = known(memoryLimitOf(ledger));
  const gogc = known(gogcOf(ledger));
  return {
    source: snapshot.goSource,
    total,
    components,
    unattributed,
    used,
    reserved,
    released,
    fragmentation,
    metadata_with_work_buffers: metadata,
    not_resident: known(mapped)?.value.notResident,
    next_gc_headroom: nextGcHeadroom,
    memory_limit: limit?.value === 'off' ? undefined : limit?.value,
    memory_limit_source: limit?.source,
    gogc: gogc?.value === 'off' ? undefined : gogc?.value,
    gogc_source: gogc?.source,
    goroutines: numbers?.goroutines ?? known(snapshot.profiles)?.goroutines,
  };
}

function rss({ rss, mapped, snapshot }: Ledger): object | undefined {
  if (!rss.ok) return undefined;
  const status = known(snapshot.status);
  const rollup = known(snapshot.rollup);
  return {
    ...(mapped.ok ? byOwner(mapped.value) : { total: rss.value.total }),
    resident: rss.value.total,
    source: rss.value.source,
    kinds: known(rss.value.kinds)?.components,
    peak: status?.vmHwm,
    swap: status?.vmSwap,
    page_tables: status?.vmPte,
    locked: status?.vmLck,
    pinned: status?.vmPin,
    hugetlb: status?.hugetlbPages,
    threads: status?.threads,
    pss: rollup?.value.pss,
    lazyfree: rollup?.value.lazyFree,
    anon_hugepages: rollup?.value.anonHugePages,
    ksm: rollup?.value.ksm,
    mappings_taken_at: mapped.ok ? mapped.value.at : rollup?.at,
  };
}

/** The RSS book: its total is the sum over the mappings, unlike VmRSS by what moved in between and by per-CPU batches. */
function byOwner({ value: book }: Aged<RssBook>): object {
  const { total, components, unattributed, released, nonGoAnon, openQuestions } = book;
  return {
    total,
    components,
    unattributed,
    ambiguity: book.ambiguity,
    bracket_width: book.bracketWidth,
    slack: book.slack,
    score: book.score,
    by_elimination: book.byElimination,
    released_resident: released && { floor: released.floor, ceiling: released.ceiling, reason: released.reason },
    foreign: { estimate: nonGoAnon.estimate, low: nonGoAnon.low, high: nonGoAnon.high, kind: nonGoAnon.kind },
    largest_files: book.largestFiles,
    file_pages: book.named.files,
    untold: openQuestions.length > 0 ? openQuestions : undefined,
  };
}

function cgroup({ cgroup, snapshot }: Ledger): object | undefined {
  if (!cgroup.ok) return undefined;
  const { numbers, total, components, unattributed, skew, limit, high, workingSet, unreclaimable, lockedFile, headroom, headroomMost } =
    cgroup.value;
  const [own] = numbers.levels;
  const others = known(snapshot.others);
  return {
    version: numbers.version,
    found_by: numbers.via,
    total,
    components,
    unattributed,
    skew,
    limit,
    high,
    working_set: workingSet,
    unreclaimable,
    locked_file: lockedFile,
    headroom: known(headroom),
    headroom_most: headroomMost,
    levels_visible: numbers.levels.length,
    peak: numbers.peak,
    swap: numbers.swap,
    swap_limit: numbers.swapLimit,
    active_file: own.stat.activeFile,
    inactive_file: own.stat.inactiveFile,
    events: events(snapshot),
    other_processes: others?.count,
    other_processes_rss: others?.rss,
    strangers: others?.strangers,
  };
}

function events({ events }: Snapshot): object | undefined {
  if (!events.ok) return undefined;
  const { oom, oomKill, max, high } = events.value;
  return { oom, oom_kill: oomKill, max, high };
}

function size(ledger: Ledger, past: Past, lastObservation: LastObservation | undefined): object | undefined {
  const reading = rightSize(ledger, past, lastObservation);
  if (!reading.ok) return reading.reason === 'too-early' ? { none: reading.detail } : undefined;
  const { request, limit, gomemlimit, of, peak, peakSource, files, filesElsewhere, streamed, margin, typical, notGo, watched } =
    reading.value;
  return {
    of,
    request,
    limit,
    gomemlimit: known(gomemlimit),
    peak,
    peak_source: peakSource,
    files_in_use: files,
    files_charged_elsewhere: filesElsewhere,
    files_streamed: streamed,
    margin,
    typical,
    not_go: notGo,
    watched_seconds: watched,
  };
}

function source(outcome: SourceOutcome): object {
  const { ok, seconds } = outcome;
  return outcome.ok ? { ok, seconds } : { ok, seconds, reason: outcome.reason, detail: outcome.detail };
}

/** The document as text for a terminal. */
export function ledgerJson(ledger: Ledger, verdicts?: Verdicts, past?: Past): string {
  return printableJson(ledgerDocument(ledger, verdicts, past));
}
