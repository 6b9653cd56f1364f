import { type MemoryInQuestion, memoryToLookAt } from '../ledger/rss/questions.ts';
import { joined, without } from '../ledger/rss/ranges.ts';
import type { Seen } from '../ledger/rss/seen.ts';
import { found, known, missing, type Reading } from '../reading.ts';
import type { MallocChunks, MappingEvidence, RuntimeOwnMemory, RuntimeTables, SourceOutcome } from '../snapshot.ts';
import { sources } from '../sources/index.ts';
import type { MallocPlaces } from '../sources/process/malloc-held.ts';
import type { KernelPaths } from '../sources/source.ts';
import type { Recorder } from './recorder.ts';

type Walk = Omit<MappingEvidence, 'present'>;

/** What the owners of anonymous memory themselves say in it, where nothing else tells them apart: `--process.memory-reads`. */
interface OwnerSide {
  read(
    recorder: Recorder,
    pid: number,
    walk: Walk,
    seen: Seen | undefined,
    signal: AbortSignal,
  ): Promise<Required<Pick<MappingEvidence, 'chunks' | 'own'>>>;
  /** Where heaps of malloc may lie, by the last of these walks. */
  mallocPlaces(): MallocPlaces;
  /** Another process, or another program in it. */
  reset(): void;
}

/** Seconds until a program that lacks tables of the runtime's is searched again: a search takes some 30 ms a MiB of its data. */
const patience = 600;
const nowhere: MallocPlaces = { brk: [], arenas: [] };
const certain = missing('disabled', 'no memory is in question');

/** The owner side of one target. `now` is the wall clock in Unix seconds. */
export function createOwnerSide(paths: KernelPaths, now: () => number): OwnerSide {
  let places = nowhere;
  let tables: RuntimeTables | undefined;
  /** Where one is lacking (the profiler's is made for its first sample): at the second look, and then with patience. */
  let searchAgainAt: number | undefined;
  let lacking: { readonly reading: Reading<never>; readonly outcome: SourceOutcome | undefined; readonly until: number } | undefined;

  async function read(recorder: Recorder, pid: number, walk: Walk, seen: Seen | undefined, signal: AbortSignal) {
    const question = memoryToLookAt(walk, seen);
    places = question.hasC ? { brk: question.brk, arenas: question.arenas } : nowhere;
    const own = await readOwn(recorder, pid, walk, question, signal);
    const parts = without(question.parts, joined(known(own)?.ranges ?? []));
    return { chunks: await readChunks(recorder, pid, { ...question, parts }, signal), own };
  }

  async function readChunks(
    recorder: Recorder,
    pid: number,
    { parts, arenas, hasC }: MemoryInQuestion,
    signal: AbortSignal,
  ): Promise<Reading<MallocChunks>> {
    if (!hasC || parts.length + arenas.length === 0) return found({ ranges: [], heaps: [], others: [] });
    return recorder.run(sources.malloc_chunks, { pid, paths, parts, arenas }, signal);
  }

  async function readOwn(
    recorder: Recorder,
    pid: number,
    { mappings, exe }: Walk,
    { own, heap }: MemoryInQuestion,
    signal: AbortSignal,
  ): Promise<Reading<RuntimeOwnMemory>> {
    if (own.length === 0) return certain;
    if (!exe.ok) return exe;
    const { name } = sources.runtime_own_memory;
    if (lacking !== undefined && now() < lacking.until) {
      recorder.repeat(name, lacking.outcome);
      return lacking.reading;
    }
    const target = { pid, paths, mappings, exe: exe.value, parts: joined(own), heap: joined(heap), known: isWhole() ? tables : undefined };
    const reading = await recorder.run(sources.runtime_own_memory, target, signal);
    if (target.known === undefined) searchAgainAt = now() + (searchAgainAt === undefined ? 0 : patience);
    if (!reading.ok && reading.reason !== 'unsupported') return reading;
    const isLost = tables !== undefined; // it may have moved while it was read
    tables = known(reading)?.places;
    if (reading.ok || isLost) return reading;
    lacking = { reading, outcome: recorder.outcomes[name], until: now() + patience };
    return reading;
  }

  function isWhole(): boolean {
    if (searchAgainAt !== undefined && now() < searchAgainAt) return true;
    const { bucketsAt, bitsAt, spansAt, pagesAt, summariesAt } = tables ?? {};
    return [bucketsAt, bitsAt, spansAt, pagesAt, summariesAt].every((at) => at !== undefined);
  }

  function reset(): void {
    tables = undefined;
    places = nowhere;
    searchAgainAt = undefined;
    lacking = undefined;
  }

  return { read, mallocPlaces: () => places, reset };
}
