import { type MemoryInQuestion, memoryToLookAt } from '../ledger/rss/questions.ts';
import { joined } from '../ledger/rss/ranges.ts';
import type { Seen } from '../ledger/rss/seen.ts';
import { found, known, missing, type Reading } from '../reading.ts';
import type { MallocChunks, MappingEvidence, RuntimeOwnMemory, RuntimeTables, SourceOutcome } from '../snapshot.ts';
import { sources } from '../sources/index.ts';
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
  /** Another process, or another program in it. */
  reset(): void;
}

/** Seconds until a program without the runtime's tables is searched again: a search takes some 30 ms a MiB of its data. */
const patience = 600;
const certain = missing('disabled', 'no memory is in question');

/** The owner side of one target. `now` is the wall clock in Unix seconds. */
export function createOwnerSide(paths: KernelPaths, now: () => number): OwnerSide {
  let places: RuntimeTables | undefined;
  let lacking: { readonly reading: Reading<never>; readonly outcome: SourceOutcome | undefined; readonly until: number } | undefined;

  async function read(recorder: Recorder, pid: number, walk: Walk, seen: Seen | undefined, signal: AbortSignal) {
    const question = memoryToLookAt(walk, seen);
    const chunks = await readChunks(recorder, pid, question, signal);
    return { chunks, own: await readOwn(recorder, pid, walk, question, signal) };
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
    { parts, early }: MemoryInQuestion,
    signal: AbortSignal,
  ): Promise<Reading<RuntimeOwnMemory>> {
    if (parts.length === 0) return certain;
    if (!exe.ok) return exe;
    const { name } = sources.runtime_own_memory;
    if (lacking !== undefined && now() < lacking.until) {
      recorder.repeat(name, lacking.outcome);
      return lacking.reading;
    }
    const target = { pid, paths, mappings, exe: exe.value, parts: joined(parts), early, known: places };
    const reading = await recorder.run(sources.runtime_own_memory, target, signal);
    places = known(reading)?.places;
    if (!reading.ok && reading.reason === 'unsupported') lacking = { reading, outcome: recorder.outcomes[name], until: now() + patience };
    return reading;
  }

  function reset(): void {
    places = undefined;
    lacking = undefined;
  }

  return { read, reset };
}
