import { budgets } from '../../budgets.ts';
import { createSlices, type Slices } from '../../files/turns.ts';
import { type ProcessMemory, withMemory } from '../../kernel/memory/memory.ts';
import { isPage, page } from '../../model/address-range.ts';
import type { RuntimeOwnMemory, RuntimeTables } from '../../model/mapping.ts';
import { found, missing } from '../../model/reading.ts';
import { type ProcessHandle, ptraceNeeds, type Source } from '../../model/source.ts';
import { dataRanges } from '../counters/data-ranges.ts';
import type { ProgramImage } from '../counters/locate.ts';
import { eachBlock } from './each-block.ts';
import { wordAt, wordsOf } from './memory-words.ts';
import { type Anonymous, tablesFrom } from './own-graph.ts';

/** A Go process of whose anonymous memory the runtime's part is wanted. */
export interface OwnMemoryTarget extends ProcessHandle, ProgramImage, Anonymous {
  /** Where the tables stood at the last reading of this process. */
  readonly known: RuntimeTables | undefined;
}

const maxHeads = budgets.tableHeads.maxEntries;

/**
 * What the runtime mapped for itself, by its own tables (own-graph.ts). Read out of the target's memory, opt-in (`--process.memory-reads`):
 * PTRACE_MODE_ATTACH. `unsupported` where they are not found; other memory of Go's stays unproven.
 */
export const ownMemory = {
  name: 'runtime_own_memory',
  without: {
    needs: ptraceNeeds.attach,
    lost: "the Go runtime's own memory told from that of others beside it: wider intervals",
    families: [],
  },
  read(target, signal) {
    return withMemory(target, async (memory) => {
      const slices = createSlices(signal);
      const tables = (await followed(memory, target, slices)) ?? (await sought(memory, target, signal, slices));
      if (signal.aborted) return missing('timeout', "the scan of the program's data was not done in time: raise the timeout of the poll");
      return tables === undefined
        ? missing('unsupported', "the list of the Go runtime's own memory was not found in the program's data")
        : found(tables);
    });
  },
} as const satisfies Source<OwnMemoryTarget, RuntimeOwnMemory>;

/** By the places that are known. What moved while it was read is found by them the next time. */
async function followed(memory: ProcessMemory, target: OwnMemoryTarget, slices: Slices): Promise<RuntimeOwnMemory | undefined> {
  const { known } = target;
  if (known === undefined) return undefined;
  const tables = await tablesFrom(memory, target, (name) => [known[name]].filter((at) => at !== undefined), slices);
  return tables && { ...tables, places: known };
}

async function sought(memory: ProcessMemory, target: OwnMemoryTarget, signal: AbortSignal, slices: Slices) {
  const heads = await headsIn(memory, target, signal);
  return tablesFrom(memory, target, () => heads, slices);
}

/** Where in the program's data an address of a page of anonymous memory stands. */
async function headsIn(memory: ProcessMemory, { mappings, exe, parts }: OwnMemoryTarget, signal: AbortSignal): Promise<readonly number[]> {
  const heads = new Set<number>();
  await eachBlock(memory, dataRanges(mappings, exe), signal, (bytes, address) => {
    const words = wordsOf(bytes);
    for (let index = 0; index + 1 < words.length && heads.size < maxHeads; index += 2) {
      if ((words[index] ?? 0) % page !== 0 || words[index + 1] === 0) continue; // most words end here
      if (isPage(wordAt(words, index), parts)) heads.add(address + index * 4);
    }
  });
  return [...heads];
}
