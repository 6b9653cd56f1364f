import { rangesToLookUp } from '../books/owners/choose/questions.ts';
import type { Seen } from '../books/owners/seen.ts';
import type { ProgramImage } from '../goruntime/counters/locate.ts';
import type { MallocPlaces } from '../kernel/memory/malloc-held.ts';
import { readTmpfsDevices } from '../kernel/memory/tmpfs-devices.ts';
import type { MemStats } from '../model/go.ts';
import type { Mapping, MappingEvidence, SmapsRollup } from '../model/mapping.ts';
import { found, known, mapReading, missing, type Reading } from '../model/reading.ts';
import type { SourceOutcome } from '../model/snapshot.ts';
import type { KernelPaths } from '../model/source.ts';
import { type Bytes, bytes } from '../model/units.ts';
import { secondsSince } from '../tape.ts';
import { type LastWalk, walkMayRepeat } from './budget.ts';
import { cached } from './cached.ts';
import { createOwners } from './owners.ts';
import type { ProgramFacts } from './program-readings.ts';
import type { Recorder } from './recorder.ts';
import { oneAtATime, type Turns } from './shared-walks.ts';
import { sources } from './sources.ts';

/** One walk over the mappings of a process. It is let go with its poll: what stands is the book that is made of it. */
export interface Walk {
  readonly mappings: Reading<readonly Mapping[]>;
  readonly rollup: Reading<SmapsRollup>;
  /** What helps to tell whose they are. */
  readonly evidence: Omit<MappingEvidence, 'mappings' | 'before' | 'after'>;
  /** Where heaps of C's malloc may lie; absent where memory is not read. */
  readonly mallocPlaces: MallocPlaces | undefined;
  /** Paid for, whether it went well or not, and together with the walks of this poll before it. */
  readonly cost: LastWalk;
  readonly outcomes: ReadonlyArray<readonly [string, SourceOutcome | undefined]>;
  /** The poll's time was not up when it ended. */
  readonly isWhole: boolean;
}

/** A process to walk: what is known of it in this poll, and of its walks before. */
export interface WalkedProcess extends ProgramFacts {
  readonly pid: number;
  readonly rss: Bytes | undefined;
  readonly threads?: number | undefined;
  /** Its Go numbers from before the walk. */
  readonly before: Reading<MemStats>;
  readonly knownGoRanges: Seen | undefined;
  /** The last walk of this poll. */
  readonly earlier: Walk | undefined;
}

/** Walks if it is due; after an earlier walk of the same poll while that stays within the budget, for it holds the target's mmap_lock. */
export type Walker = (recorder: Recorder, process: WalkedProcess, signal: AbortSignal) => Promise<Walk | undefined>;

const noChunks = missing('disabled', 'memory is not read: --process.memory-reads is off');
const names = [sources.smaps, sources.smaps_rollup, sources.exe, sources.pagemap, sources.malloc_chunks, sources.runtime_own_memory].map(
  ({ name }) => name,
);

/** Walks over one program, never two at a time in this process. `memoryReads` lets it look at the headers of C malloc's blocks. */
export function createWalker(paths: KernelPaths, now: () => number, memoryReads: boolean, turns: Turns): Walker {
  const exeImage = cached(async (recorder, pid: number, signal) => recorder.run(sources.exe, { pid, paths, memoryReads }, signal), {
    while: ({ ok }) => ok,
    shows: [],
  });
  const owners = memoryReads ? createOwners(paths, now) : undefined;

  return async (recorder, process, signal) => {
    const { pid, rss, earlier } = process;
    const isDue = () => (earlier === undefined ? turns.isDue(pid, now(), rss) : walkMayRepeat(earlier.cost));
    if (!isDue()) return undefined;
    // asked again, for another target of this process may have been first
    return oneAtATime(async () => (isDue() ? walkNow(recorder, process, signal) : undefined), signal);
  };

  async function walkNow(recorder: Recorder, process: WalkedProcess, signal: AbortSignal): Promise<Walk> {
    const { pid, rss, earlier } = process;
    const at = now();
    const begin = performance.now();
    const mappings = await recorder.run(sources.smaps, { pid, paths }, signal);
    const rollup = mappings.ok ? found(totalsOf(mappings.value)) : await recorder.run(sources.smaps_rollup, { pid, paths }, signal);
    const lookedUp = await lookUp(recorder, process, known(mappings) ?? [], signal);
    const outcomes = names.map((name) => [name, recorder.outcomes[name]] as const);
    const cost = { at, rss, seconds: secondsSince(begin, 'walk') + (earlier?.cost.seconds ?? 0) };
    turns.took(pid, cost);
    return { mappings, rollup, ...lookedUp, cost, outcomes, isWhole: !signal.aborted };
  }

  async function lookUp(
    recorder: Recorder,
    { pid, build, limits, threads, before, knownGoRanges }: WalkedProcess,
    mappings: readonly Mapping[],
    signal: AbortSignal,
  ): Promise<Pick<Walk, 'evidence' | 'mallocPlaces'>> {
    const exe = await exeImage(recorder, pid, signal);
    const tmpfsDevices = readTmpfsDevices({ pid, paths }); // at each walk: another may have been mounted since
    const base = { mappings, build, stackLimit: known(limits)?.stack, threads, before, exe, tmpfsDevices, chunks: noChunks, after: before };
    const said = owners && (await owners(recorder, pid, base, knownGoRanges, signal));
    const { mallocPlaces, ...told } = said ?? { mallocPlaces: undefined };
    const ranges = rangesToLookUp({ ...base, ...told }, knownGoRanges); // whose memory is told so may share mappings
    const present = ranges.length === 0 ? found([]) : await recorder.run(sources.pagemap, { pid, paths, ranges }, signal);
    return { evidence: { ...base, ...told, present }, mallocPlaces };
  }
}

/** Where things lie, by the last walk of a poll. */
export function layoutOf(walk: Walk | undefined): Reading<ProgramImage> {
  if (walk === undefined) return missing('disabled', 'the mappings are not walked in this poll');
  const { mappings, evidence } = walk;
  return mappings.ok ? mapReading(evidence.exe, (exe) => ({ mappings: mappings.value, exe })) : mappings;
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
