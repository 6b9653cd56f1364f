import type { Slices } from '../../files/turns.ts';
import type { ProcessMemory } from '../../kernel/memory/memory.ts';
import { type AddressRange, holds } from '../../model/address-range.ts';
import type { RuntimeOwnMemory, RuntimeTables } from '../../model/mapping.ts';
import { allSpansAt } from './all-spans.ts';
import { arenaIndexIn } from './arena-index.ts';
import { chunkListAt } from './chunk-list.ts';
import { gcBitsAt } from './gc-bits.ts';
import { addressAt } from './memory-words.ts';
import { pageBitsAt } from './page-bits.ts';
import { summariesAt } from './page-summaries.ts';
import { bucketsIn } from './profile-buckets.ts';
import { scavengeIndexAt } from './scavenge-index.ts';

/** Anonymous memory by what it can be, by address. */
export interface Anonymous {
  /** The runtime's tables, or another's. */
  readonly parts: readonly AddressRange[];
  /** The Go heap. */
  readonly heap: readonly AddressRange[];
}

/** Places in the program's data where the address that a table is found by may stand. */
type Places = (name: keyof RuntimeTables) => readonly number[];

interface Table {
  readonly ranges: readonly AddressRange[];
}

/**
 * The runtime's tables that are found by these places, each proven by what the others say (docs/how-it-works.md#without-any-endpoint).
 * `undefined` without the index and the list of spans, or when the poll is over.
 */
export async function tablesFrom(
  memory: ProcessMemory,
  { parts, heap }: Anonymous,
  places: Places,
  slices: Slices,
): Promise<RuntimeOwnMemory | undefined> {
  const index = await only('arenasAt', (at) => arenaIndexIn(memory, addressAt(memory, at), heap, parts));
  if (index === undefined) return undefined;
  const { spans } = index;
  const list = chunkListAt(memory, places('chunksAt'), spans, parts);
  if (list === undefined) return undefined;
  const chunks = list.ranges;
  const buckets = await only('bucketsAt', (at) => tableOf(bucketsIn(memory, addressAt(memory, at), parts, chunks)));
  const bits = await only('bitsAt', (at) => tableOf(gcBitsAt(memory, at, spans, parts)));
  const all = await only('spansAt', (at) => tableOf(allSpansAt(memory, at, { heap, chunks, parts })));
  const pages = await only('pagesAt', (at) => tableOf(pageBitsAt(memory, at, spans, parts)));
  const summaries = await only('summariesAt', (at) => tableOf(summariesAt(memory, at, heap, parts)));
  const scavenging = await only('scavengingAt', (at) => tableOf(scavengeIndexAt(memory, at, heap, parts)));
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

  /** What is found by one place, or by several alike: where they differ, nobody knows which is the runtime's. */
  async function only<T extends Table>(name: keyof RuntimeTables, find: (at: number) => T | undefined) {
    let one: (T & { at: number }) | undefined;
    for (const at of places(name)) {
      if (!(await slices.pause())) return undefined;
      const table = find(at);
      if (table === undefined) continue;
      if (one !== undefined && !isAlike(one, table)) return undefined;
      one ??= { ...table, at };
    }
    return one;
  }
}

function isAlike(one: Table, other: Table): boolean {
  const starts = new Set(other.ranges.map(({ start }) => start));
  return one.ranges.length === other.ranges.length && one.ranges.every(({ start }) => starts.has(start));
}

function tableOf(ranges: readonly AddressRange[] | undefined): Table | undefined {
  return ranges === undefined ? undefined : { ranges };
}
