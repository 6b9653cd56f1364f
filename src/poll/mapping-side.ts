import { type RssBook, rssBook } from '../ledger/rss/book.ts';
import { rangesToLookUp } from '../ledger/rss/questions.ts';
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
import type { Layout } from '../sources/go/runtime-memory/locate.ts';
import { sources } from '../sources/index.ts';
import type { MallocPlaces } from '../sources/process/malloc-held.ts';
import { readTmpfsDevices } from '../sources/process/tmpfs-devices.ts';
import type { KernelPaths } from '../sources/source.ts';
import { secondsSince } from '../tape.ts';
import { type Bytes, bytes } from '../units.ts';
import { type LastWalk, walkInterval, walkMayRepeat } from './budget.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { createOwnerSide } from './owner-side.ts';
import type { Recorder } from './recorder.ts';
import { createSharedWalks, type Turns } from './shared-walks.ts';

/** What the walks over the mappings of one process came to, the last ones included. */
interface Mapped {
  readonly rollup: Reading<Aged<SmapsRollup>>;
  readonly book: Reading<Aged<RssBook>>;
  /** The Go numbers are another process's, as the mappings show: `mismatch`. The book then goes without them. */
  readonly refusal: Reading<never> | undefined;
}

/** What can't change while a process runs one program, and helps to tell its mappings apart. */
export interface Facts {
  readonly build: Reading<BuildInfo>;
  readonly limits: Reading<ProcessLimits>;
}

/** A process to walk; `before` are its Go numbers from before the walk. */
interface WalkedProcess extends Facts {
  readonly pid: number;
  readonly rss: Bytes | undefined;
  readonly threads?: number | undefined;
  readonly before: Reading<MemStats>;
}

/** The mappings of one process: walked within a budget, for a walk holds the target's mmap_lock. Never two at a time in this process. */
export interface MappingSide {
  /** Walks if it is due; in a further attempt of the same poll only while that stays within the budget. Says whether it walked. */
  walk(recorder: Recorder, process: WalkedProcess, signal: AbortSignal): Promise<boolean>;
  /** Makes the book of the walk, by the Go numbers around it; what share of it they leave open, for they moved: the walk may be repeated. */
  book(before: Reading<MemStats>, after: Reading<MemStats>): number | undefined;
  /** The last walk of this poll, and its book, are the ones to settle with, whatever further ones come to. */
  keep(): void;
  /** What there is: of this poll's walk, else of the last one until it is three of its own intervals old. `refused`: without the Go numbers. */
  settle(recorder: Recorder, refused: Reading<never> | undefined): Mapped;
  /** Where things lie, of this poll's walk. */
  layout(): Reading<Layout>;
  /** Where heaps of C's malloc may lie: of this poll's walk, so that there is none in a poll without. Before it is settled. */
  mallocPlaces(): MallocPlaces | undefined;
  /** Another process, or another program in it. */
  reset(): void;
}

type Walk = Omit<MappingEvidence, 'before' | 'after' | 'mappings'> & {
  readonly mappings: Reading<readonly Mapping[]>;
  readonly rollup: Reading<SmapsRollup>;
  readonly at: number;
};

const unread: Mapped = {
  rollup: missing('disabled', 'the mappings were not walked yet'),
  book: missing('disabled', 'the mappings were not walked yet'),
  refusal: undefined,
};
const noGo = missing('disabled', 'no Go numbers are known while the mappings are walked');
const noChunks = missing('disabled', 'memory is not read: --process.memory-reads is off');

const names = [sources.smaps, sources.smaps_rollup, sources.exe, sources.pagemap, sources.malloc_chunks, sources.runtime_own_memory].map(
  ({ name }) => name,
);

/** The mapping side of one target. `now` is the wall clock in Unix seconds; `memoryReads` lets it look at the headers of C malloc's blocks. */
export function createMappingSide(
  paths: KernelPaths,
  now: () => number,
  memoryReads = false,
  turns: Turns = createSharedWalks()(),
): MappingSide {
  const ownerSide = createOwnerSide(paths, now);
  let exe: Reading<ExeImage> | undefined;
  let seen: Seen | undefined;
  let last: LastWalk | undefined;
  let walked: Walk | undefined;
  let made: Mapped | undefined;
  let kept: { readonly walked: Walk; readonly made: Mapped | undefined } | undefined;
  let latest = unread;
  let good: { readonly rollup: Aged<SmapsRollup> | undefined; readonly book: Aged<RssBook> | undefined } = {
    rollup: undefined,
    book: undefined,
  };
  let outcomes: ReadonlyArray<readonly [string, SourceOutcome | undefined]> = [];

  async function walk(recorder: Recorder, process: WalkedProcess, signal: AbortSignal): Promise<boolean> {
    const { pid, rss } = process;
    const spent = walked === undefined ? undefined : last;
    const isDue = () => (spent === undefined ? turns.isDue(pid, now(), rss) : walkMayRepeat(spent));
    if (!isDue()) return false;
    const isWalked = await oneAtATime(async () => {
      if (!isDue()) return false; // another target of this process may have been first
      await walkNow(recorder, process, spent?.seconds ?? 0, signal);
      return !signal.aborted;
    }, signal);
    return isWalked ?? false;
  }

  async function walkNow(
    recorder: Recorder,
    { pid, rss, threads, build, limits, before }: WalkedProcess,
    spent: number,
    signal: AbortSignal,
  ): Promise<void> {
    const at = now();
    const begin = performance.now();
    const mappings = await recorder.run(sources.smaps, { pid, paths }, signal);
    const rollup = mappings.ok ? found(totalsOf(mappings.value)) : await recorder.run(sources.smaps_rollup, { pid, paths }, signal);
    const facts = { build, stackLimit: known(limits)?.stack, threads };
    walked = {
      mappings,
      rollup,
      at,
      ...facts,
      ...(await lookUp(recorder, pid, { ...facts, mappings: known(mappings) ?? [], before }, signal)),
    };
    outcomes = names.map((name) => [name, recorder.outcomes[name]] as const);
    // paid for, whether it went well or not, and together with the walks of this poll before it
    last = { at, rss, seconds: secondsSince(begin, 'walk') + spent };
    turns.took(pid, last);
  }

  async function lookUp(
    recorder: Recorder,
    pid: number,
    walk: Pick<MappingEvidence, 'build' | 'stackLimit' | 'threads' | 'mappings' | 'before'>,
    signal: AbortSignal,
  ): Promise<Pick<MappingEvidence, 'exe' | 'present' | 'chunks' | 'own' | 'tmpfsDevices'>> {
    if (exe?.ok !== true) exe = await recorder.run(sources.exe, { pid, paths, memoryReads }, signal);
    const tmpfsDevices = readTmpfsDevices({ pid, paths }); // at each walk: another may have been mounted since
    const evidence = { ...walk, exe, tmpfsDevices, chunks: noChunks, after: walk.before };
    const told = memoryReads ? await ownerSide.read(recorder, pid, evidence, seen, signal) : { chunks: noChunks };
    const ranges = rangesToLookUp({ ...evidence, ...told }, seen); // whose memory is told so may share mappings
    const present = ranges.length === 0 ? found([]) : await recorder.run(sources.pagemap, { pid, paths, ranges }, signal);
    return { exe, present, tmpfsDevices, ...told };
  }

  function layout(): Reading<Layout> {
    if (walked === undefined || exe === undefined) return missing('disabled', 'the mappings are not walked in this poll');
    const { mappings } = walked;
    if (!mappings.ok) return mappings;
    return mapReading(exe, (image) => ({ mappings: mappings.value, exe: image }));
  }

  function book(before: Reading<MemStats>, after: Reading<MemStats>): number | undefined {
    if (walked === undefined) return undefined;
    made = bookOf(walked, before, after);
    const value = known(made.book)?.value;
    return value === undefined || value.total === 0 ? undefined : (value.bracketWidth + value.moved) / value.total;
  }

  function keep(): void {
    if (walked !== undefined) kept = { walked, made };
  }

  function settle(recorder: Recorder, refused: Reading<never> | undefined): Mapped {
    for (const [name, outcome] of outcomes) recorder.repeat(name, outcome);
    const settled = kept ?? (walked === undefined ? undefined : { walked, made });
    if (settled !== undefined) {
      const isMade = settled.made !== undefined && refused === undefined;
      latest = isMade ? settled.made : bookOf(settled.walked, refused ?? noGo, refused ?? noGo);
      walked = undefined;
      made = undefined;
      kept = undefined;
      good = { rollup: known(latest.rollup) ?? good.rollup, book: known(latest.book) ?? good.book };
      seen = known(latest.book)?.value.seen ?? seen;
    }
    return { ...latest, rollup: fresh(good.rollup, latest.rollup), book: fresh(good.book, latest.book) };
  }

  function bookOf({ mappings, rollup, at, ...evidence }: Walk, before: Reading<MemStats>, after: Reading<MemStats>): Mapped {
    const aged = mapReading(rollup, (value) => ({ value, at }));
    if (!mappings.ok) return { rollup: aged, book: mappings, refusal: undefined };
    const book = rssBook({ ...evidence, mappings: mappings.value, before, after }, seen);
    if (book.ok || book.reason !== 'mismatch')
      return { rollup: aged, book: mapReading(book, (value) => ({ value, at })), refusal: undefined };
    const without = rssBook({ ...evidence, mappings: mappings.value, before: book, after: book }, seen);
    return { rollup: aged, book: mapReading(without, (value) => ({ value, at })), refusal: book };
  }

  /** A walk that failed now does not take away what the last good one told, while that is young. */
  function fresh<T>(aged: Aged<T> | undefined, newest: Reading<Aged<T>>): Reading<Aged<T>> {
    if (aged !== undefined && last !== undefined && now() - aged.at <= 3 * turns.shared() * walkInterval(last, undefined))
      return found(aged);
    return newest.ok ? missing('timeout', 'the last walk over the mappings is too old') : newest;
  }

  function reset(): void {
    turns.leave();
    ownerSide.reset();
    exe = undefined;
    made = undefined;
    kept = undefined;
    seen = undefined;
    last = undefined;
    walked = undefined;
    latest = unread;
    good = { rollup: undefined, book: undefined };
    outcomes = [];
  }

  const mallocPlaces = () => (walked === undefined ? undefined : ownerSide.mallocPlaces());

  return { walk, layout, book, keep, settle, mallocPlaces, reset };
}

/** What smaps_rollup would have told, without a second walk. */
function totalsOf(mappings: readonly Mapping[]): SmapsRollup {
  const sum = (of: (mapping: Mapping) => number) => bytes(mappings.reduce((total, mapping) => total + of(mapping), 0));
  return {
    rss: sum(({ rss }) => rss),
    pss: mappings.every(({ pss }) => pss !== undefined) ? sum(({ pss }) => pss ?? 0) : undefined,
    anonymous: sum(({ anonymous }) => anonymous),
    lazyFree: sum(({ lazyFree }) => lazyFree),
    anonHugePages: sum(({ anonHugePages }) => anonHugePages),
    swap: sum(({ swap }) => swap),
    locked: sum(({ locked }) => locked),
    ksm: mappings.some(({ ksm }) => ksm !== undefined) ? sum(({ ksm }) => ksm ?? 0) : undefined,
  };
}
