import { type MemoryInQuestion, memoryToLookAt } from '../books/owners/choose/questions.ts';
import type { Seen } from '../books/owners/seen.ts';
import type { OwnMemoryTarget } from '../goruntime/tables/own-memory.ts';
import type { MallocPlaces } from '../kernel/memory/malloc-held.ts';
import { joined, without } from '../model/address-range.ts';
import type { MallocChunks, MappingEvidence, RuntimeOwnMemory, RuntimeTables } from '../model/mapping.ts';
import { found, known, missing, type Reading } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';
import { cached } from './cached.ts';
import type { Recorder } from './recorder.ts';
import { sources } from './sources.ts';

/** What the owners of anonymous memory themselves say in it at one walk. */
interface OwnersSay {
  readonly chunks: Reading<MallocChunks>;
  readonly own: Reading<RuntimeOwnMemory>;
  /** Where heaps of malloc may lie. */
  readonly mallocPlaces: MallocPlaces;
}

/** What is asked of the owners: a walk, before its pages are looked up. */
type WalkSoFar = Omit<MappingEvidence, 'present'>;

/** Asks the owners of anonymous memory where nothing else tells them apart: `--process.memory-reads`. */
export type Owners = (recorder: Recorder, pid: number, walk: WalkSoFar, seen: Seen | undefined, signal: AbortSignal) => Promise<OwnersSay>;

/** Until a program that lacks tables of the runtime's is searched again: a search takes some 30 ms a MiB of its data. */
const searchRetrySeconds = 600;
const nowhere: MallocPlaces = { brk: [], arenas: [] };
const noChunks: Reading<MallocChunks> = found({ ranges: [], heaps: [], others: [] });
const certain = missing('disabled', 'no memory is in question');

interface TablesSought extends Pick<OwnMemoryTarget, 'mappings' | 'exe' | 'parts' | 'heap'> {
  readonly pid: number;
  readonly wereKnown: boolean;
}

/** The owners of one program's memory. `now` is the wall clock in Unix seconds. */
export function createOwners(paths: KernelPaths, now: () => number): Owners {
  let tables: RuntimeTables | undefined;
  /** Where one is lacking (the profiler's is made for its first sample): at the second walk, and then seldom. */
  let searchTablesAt: number | undefined;
  const search = cached<TablesSought, Reading<RuntimeOwnMemory>>(
    async (recorder, sought, signal) => {
      const target = { paths, ...sought, known: isWhole() ? tables : undefined };
      const reading = await recorder.run(sources.runtime_own_memory, target, signal);
      if (target.known === undefined) searchTablesAt = now() + (searchTablesAt === undefined ? 0 : searchRetrySeconds);
      if (reading.ok || reading.reason === 'unsupported') tables = known(reading)?.places;
      return reading;
    },
    {
      // those that were known may have moved while they were read
      while: (reading, { wereKnown }) => !reading.ok && reading.reason === 'unsupported' && !wereKnown,
      retryAfter: () => searchRetrySeconds,
      shows: [sources.runtime_own_memory.name],
    },
    now,
  );

  async function ownMemory(
    recorder: Recorder,
    pid: number,
    { mappings, exe }: WalkSoFar,
    { own, heap }: MemoryInQuestion,
    signal: AbortSignal,
  ): Promise<Reading<RuntimeOwnMemory>> {
    if (own.length === 0) return certain;
    if (!exe.ok) return exe;
    const sought = { pid, mappings, exe: exe.value, parts: joined(own), heap: joined(heap), wereKnown: tables !== undefined };
    return search(recorder, sought, signal);
  }

  function isWhole(): boolean {
    if (searchTablesAt !== undefined && now() < searchTablesAt) return true;
    const { bucketsAt, bitsAt, spansAt, pagesAt, summariesAt } = tables ?? {};
    return [bucketsAt, bitsAt, spansAt, pagesAt, summariesAt].every((at) => at !== undefined);
  }

  return async (recorder, pid, walk, seen, signal) => {
    const question = memoryToLookAt(walk, seen);
    const own = await ownMemory(recorder, pid, walk, question, signal);
    const parts = without(question.parts, joined(known(own)?.ranges ?? []));
    const { hasC, brk, arenas } = question;
    if (!hasC) return { chunks: noChunks, own, mallocPlaces: nowhere };
    const isAsked = parts.length + arenas.length > 0;
    const chunks = isAsked ? await recorder.run(sources.malloc_chunks, { pid, paths, parts, arenas }, signal) : noChunks;
    return { chunks, own, mallocPlaces: { brk, arenas } };
  };
}
