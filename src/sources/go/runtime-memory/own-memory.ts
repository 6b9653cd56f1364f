import { found, missing } from '../../../reading.ts';
import type { RuntimeOwnMemory, RuntimeTables } from '../../../snapshot.ts';
import { openMemory, type ProcessMemory } from '../../process/memory.ts';
import type { ProcessHandle, Source } from '../../source.ts';
import { dataRanges, type Range } from './data-ranges.ts';
import { eachBlock } from './each-block.ts';
import type { Layout } from './locate.ts';
import { bucketsIn, chunksFrom, isPage } from './own-tables.ts';
import { wordAt, wordsOf } from './words.ts';

/** A Go process of whose anonymous memory the runtime's part is wanted. */
export interface OwnMemoryTarget extends ProcessHandle, Layout {
  /** Anonymous memory that could be the runtime's or another's, by address. */
  readonly parts: readonly Range[];
  /** What of it was mapped when the process started: the oldest chunk lies there, or the list is not the runtime's. */
  readonly early: readonly Range[];
  /** Where the tables stood at the last reading of this process. */
  readonly known: RuntimeTables | undefined;
}

const mostHeads = 4096;

/**
 * What the runtime mapped for itself, by two of its tables: the list of its chunks for small things (persistentChunks of runtime/malloc.go), and the
 * profiler's hash table (buckhash of mprof.go), most of which nobody ever touches. Read out of the target's memory, opt-in
 * (`--process.memory-reads`): PTRACE_MODE_ATTACH. `unsupported` where they are not found; other memory of Go's stays unproven.
 */
export const ownMemory = {
  name: 'runtime_own_memory',
  gives: "which anonymous memory is the Go runtime's own beside memory of others",
  async read(target, signal) {
    const opened = openMemory(target);
    if (!opened.ok) return opened;
    const memory = opened.value;
    try {
      const known = target.known === undefined ? undefined : followed(memory, target.known, target);
      if (known !== undefined) return found(known);
      const heads = await headsIn(memory, target, signal);
      if (signal.aborted) return missing('timeout', "the scan of the program's data was not done in time: raise the timeout of the poll");
      const chunks = longest(heads.map((chunksAt) => followed(memory, { chunksAt, bucketsAt: undefined }, target)));
      if (chunks !== undefined) {
        const { chunksAt } = chunks.places;
        return found(longest([chunks, ...heads.map((bucketsAt) => followed(memory, { chunksAt, bucketsAt }, target))]) ?? chunks);
      }
      return missing('unsupported', "the list of the Go runtime's own memory was not found in the program's data");
    } finally {
      memory.close();
    }
  },
} as const satisfies Source<OwnMemoryTarget, RuntimeOwnMemory>;

/** Any page of what the runtime mapped early that begins with a zero looks like a list of one chunk: the list itself is longer. */
function longest(tables: ReadonlyArray<RuntimeOwnMemory | undefined>): RuntimeOwnMemory | undefined {
  let most: RuntimeOwnMemory | undefined;
  for (const table of tables) if (table !== undefined && table.ranges.length > (most?.ranges.length ?? 0)) most = table;
  return most;
}

/** What the tables tell whose addresses stand at these places. */
function followed(
  memory: ProcessMemory,
  places: RuntimeTables,
  { parts, early }: Pick<OwnMemoryTarget, 'parts' | 'early'>,
): RuntimeOwnMemory | undefined {
  const chunks = chunksFrom(memory, addressAt(memory, places.chunksAt), parts, early);
  if (chunks === undefined) return undefined;
  const buckets = places.bucketsAt === undefined ? undefined : bucketsIn(memory, addressAt(memory, places.bucketsAt), parts, chunks);
  return { ranges: buckets === undefined ? chunks : [...chunks, buckets], places };
}

/** Where in the program's data an address of a page of anonymous memory stands. */
async function headsIn(memory: ProcessMemory, { mappings, exe, parts }: OwnMemoryTarget, signal: AbortSignal): Promise<number[]> {
  const heads = new Set<number>();
  await eachBlock(memory, dataRanges(mappings, exe), signal, (bytes, address) => {
    const words = wordsOf(bytes);
    for (let index = 0; index + 1 < words.length && heads.size < mostHeads; index += 2) {
      if ((words[index] ?? 0) % 4096 !== 0 || words[index + 1] === 0) continue; // most words end here
      if (isPage(wordAt(words, index), parts)) heads.add(address + index * 4);
    }
  });
  return [...heads];
}

function addressAt(memory: ProcessMemory, at: number): number {
  return wordAt(wordsOf(memory.read(at, 8)), 0);
}
