import type { RuntimeOwnMemory, RuntimeTables } from '../../../snapshot.ts';
import type { ProcessMemory } from '../../process/memory.ts';
import { allSpansAt } from './all-spans.ts';
import { arenaIndexIn } from './arena-index.ts';
import { bucketsIn } from './buckets.ts';
import { chunkListAt } from './chunk-list.ts';
import type { Range } from './data-ranges.ts';
import { gcBitsAround } from './gc-bits.ts';
import { holds } from './in-ranges.ts';
import { pageBitsAt } from './page-bits.ts';
import { summariesAt } from './page-summaries.ts';
import { scavengeIndexAt } from './scavenge-index.ts';
import { wordAt, wordsOf } from './words.ts';

/** Anonymous memory by what it can be, by address. */
export interface Anonymous {
  /** The runtime's tables, or another's. */
  readonly parts: readonly Range[];
  /** The Go heap. */
  readonly heap: readonly Range[];
}

/** Places in the program's data where the address that a table is found by may stand. */
type Places = (name: keyof RuntimeTables) => readonly number[];

interface Table {
  readonly ranges: readonly Range[];
}

/**
 * The runtime's tables that are found by these places. No table is believed for what it is alone: the index of the heap leads to the descriptors of its
 * spans, which lead back to the heap and must lie in the list of the runtime's chunks for small things, and that proves both; all others
 * must say the same of the heap, its spans or the chunks as these do. `undefined` without those two, or when the poll is over.
 */
export async function tablesFrom(
  memory: ProcessMemory,
  { parts, heap }: Anonymous,
  places: Places,
  slices: { pause(): Promise<boolean> },
): Promise<RuntimeOwnMemory | undefined> {
  const index = await largest('arenasAt', (at) => arenaIndexIn(memory, addressAt(at), heap, parts));
  if (index === undefined) return undefined;
  const { spans } = index;
  const list = chunkListAt(memory, places('chunksAt'), spans, parts);
  if (list === undefined) return undefined;
  const chunks = list.ranges;
  const buckets = await largest('bucketsAt', (at) => tableOf(bucketsIn(memory, addressAt(at), parts, chunks)));
  const bits = await largest('bitsAt', (at) => tableOf(gcBitsAround(memory, at, spans, parts)));
  const all = await largest('spansAt', (at) => tableOf(allSpansAt(memory, at, { heap, chunks, parts })));
  const pages = await largest('pagesAt', (at) => tableOf(pageBitsAt(memory, at, spans, parts)));
  const summaries = await largest('summariesAt', (at) => tableOf(summariesAt(memory, at, heap, parts)));
  const scavenging = await largest('scavengingAt', (at) => tableOf(scavengeIndexAt(memory, at, heap, parts)));
  const tables = [list, index, buckets, bits, all, pages, summaries, scavenging];
  return {
    ranges: tables.flatMap((table) => table?.ranges ?? []).filter(({ start, end }) => holds(parts, start, end - start)),
    places: {
      chunksAt: list.at,
      arenasAt: index.at,
      bucketsAt: buckets?.at,
      bitsAt: bits?.at,
      spansAt: all?.at,
      pagesAt: pages?.at,
      summariesAt: summaries?.at,
      scavengingAt: scavenging?.at,
    },
  };

  /** The one with the most members. */
  async function largest<T extends Table>(name: keyof RuntimeTables, look: (at: number) => T | undefined) {
    let most: (T & { at: number }) | undefined;
    for (const at of places(name)) {
      if (!(await slices.pause())) return undefined;
      const table = look(at);
      if (table !== undefined && table.ranges.length > (most?.ranges.length ?? 0)) most = { ...table, at };
    }
    return most;
  }

  function addressAt(at: number): number {
    return wordAt(wordsOf(memory.read(at, 8)), 0);
  }
}

function tableOf(ranges: readonly Range[] | undefined): Table | undefined {
  return ranges === undefined ? undefined : { ranges };
}
