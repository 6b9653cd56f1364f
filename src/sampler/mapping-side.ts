import { type RssBook, rangesToLookUp, rssBook } from '../ledger/rss/book.ts';
import type { Seen } from '../ledger/rss/seen.ts';
import { found, known, mapReading, missing, type Reading } from '../reading.ts';
import type {
  Aged,
  BuildInfo,
  ExeImage,
  Mapping,
  MappingEvidence,
  MemStats,
  ProcessLimits,
  SmapsRollup,
  SourceOutcome,
} from '../snapshot.ts';
import { sources } from '../sources/index.ts';
import type { KernelPaths } from '../sources/source.ts';
import { bytes } from '../units.ts';
import { type LastWalk, walkInterval, walkIsDue, walkMayRepeat } from './budget.ts';
import type { Recorder } from './recorder.ts';

/** What the walks over the mappings of one process came to, the last ones included. */
export interface Mapped {
  readonly rollup: Reading<Aged<SmapsRollup>>;
  readonly book: Reading<Aged<RssBook>>;
}

/** The Go numbers around a walk, and what else a book is made by. */
export interface Around {
  readonly before: Reading<MemStats>;
  readonly after: Reading<MemStats>;
  readonly build: Reading<BuildInfo>;
  readonly limits: Reading<ProcessLimits>;
}

/** The mappings of one process: walked within a budget, for a walk holds the target's mmap_lock. Synchronous slices: never two walks at a time. */
export interface MappingSide {
  /** Walks if it is due; in a second attempt of one poll only while that stays within the budget. */
  walk(recorder: Recorder, pid: number, rss: number | undefined, attempt: number, signal: AbortSignal): Promise<void>;
  /** Makes the book of the walk of this poll, if there was one; else the last one, until it is three of its own intervals old. */
  settle(recorder: Recorder, around: Around): Mapped;
  /** Another process. */
  reset(): void;
}

interface Walk {
  readonly mappings: Reading<readonly Mapping[]>;
  readonly rollup: Reading<SmapsRollup>;
  readonly evidence: Pick<MappingEvidence, 'exe' | 'present' | 'chunks'>;
  readonly at: number;
}

const unread: Reading<never> = missing('disabled', 'the mappings were not walked yet');

/** The mapping side of one target. `now` is the wall clock in Unix seconds. */
export function createMappingSide(paths: KernelPaths, now: () => number): MappingSide {
  let exe: Reading<ExeImage> | undefined;
  let seen: Seen | undefined;
  let last: LastWalk | undefined;
  let pending: Walk | undefined;
  let good: { readonly rollup: Aged<SmapsRollup> | undefined; readonly book: Aged<RssBook> | undefined } | undefined;
  let why: Mapped = { rollup: unread, book: unread };
  let outcomes: ReadonlyArray<readonly [string, SourceOutcome | undefined]> = [];

  async function walk(recorder: Recorder, pid: number, rss: number | undefined, attempt: number, signal: AbortSignal): Promise<void> {
    const at = now();
    const size = rss === undefined ? undefined : bytes(rss);
    if (attempt === 1 ? !walkIsDue(last, at, size) : pending === undefined || last === undefined || !walkMayRepeat(last)) return;
    const handle = { pid, paths };
    const begin = performance.now();
    const mappings = await recorder.run(sources.smaps, handle, signal);
    const rollup = mappings.ok ? found(totalsOf(mappings.value)) : await recorder.run(sources.smaps_rollup, handle, signal);
    const evidence = mappings.ok ? await evidenceFor(recorder, handle.pid, mappings.value, signal) : nothing;
    const seconds = (performance.now() - begin) / 1000 + (attempt > 1 ? (last?.seconds ?? 0) : 0);
    last = { at, seconds, rss: size };
    pending = { mappings, rollup, evidence, at };
  }

  async function evidenceFor(recorder: Recorder, pid: number, mappings: readonly Mapping[], signal: AbortSignal): Promise<Walk['evidence']> {
    if (exe?.ok !== true) exe = await recorder.run(sources.exe, { pid, paths }, signal);
    const ranges = rangesToLookUp({ ...nothing, mappings, exe, ...untold }, seen);
    const present = ranges.length === 0 ? found([]) : await recorder.run(sources.pagemap, { pid, paths, ranges }, signal);
    return { exe, present, chunks: nothing.chunks };
  }

  function settle(recorder: Recorder, { before, after, build, limits }: Around): Mapped {
    const names = [sources.smaps.name, sources.smaps_rollup.name, sources.exe.name, sources.pagemap.name];
    if (pending === undefined) for (const [name, outcome] of outcomes) recorder.repeat(name, outcome);
    else outcomes = names.map((name) => [name, recorder.outcomes[name]] as const);
    if (pending !== undefined) {
      const { mappings, rollup, evidence, at } = pending;
      pending = undefined;
      const stackLimit = known(limits)?.stack;
      const made = mappings.ok ? rssBook({ mappings: mappings.value, stackLimit, before, after, build, ...evidence }, seen) : mappings;
      if (made.ok) seen = made.value.seen;
      why = { rollup: mapReading(rollup, (value) => ({ value, at })), book: mapReading(made, (value) => ({ value, at })) };
      good = { rollup: known(why.rollup) ?? good?.rollup, book: known(why.book) ?? good?.book };
    }
    return { rollup: fresh(good?.rollup, why.rollup), book: fresh(good?.book, why.book) };
  }

  /** A walk that failed now does not take away what the last good one told, while that is young. */
  function fresh<T>(aged: Aged<T> | undefined, latest: Reading<Aged<T>>): Reading<Aged<T>> {
    if (!latest.ok && latest.reason === 'mismatch') return latest;
    const young = aged !== undefined && last !== undefined && now() - aged.at <= 3 * walkInterval(last, undefined);
    if (young) return found(aged);
    return latest.ok ? missing('timeout', 'the last walk over the mappings is too old') : latest;
  }

  function reset(): void {
    exe = undefined;
    seen = undefined;
    last = undefined;
    pending = undefined;
    good = undefined;
    why = { rollup: unread, book: unread };
    outcomes = [];
  }

  return { walk, settle, reset };
}
