import { setTimeout } from 'node:timers/promises';
import { budgets } from '../../budgets.ts';
import type { ProcessMemory } from '../../kernel/memory/memory.ts';
import type { AddressRange } from '../../model/address-range.ts';
import type { ExeImage, Mapping } from '../../model/mapping.ts';
import { missing, type Reading } from '../../model/reading.ts';
import { eachBlock } from '../tables/each-block.ts';
import { boundsOf, canHoldArenas } from './arena-sums.ts';
import { dataRanges } from './data-ranges.ts';
import { type CounterPlace, heapAt, type PlacedCounters, readCounters, readWithRetries } from './read-counters.ts';
import { type CounterBounds, canBeHeap, findHeapWords, findSysWords } from './scan.ts';

/** What is known of the layout of the process: any walk over its mappings since it began to run its program will do. */
export interface ProgramImage {
  readonly mappings: readonly Mapping[];
  readonly exe: ExeImage;
}

const attempts = 3;
const retryMilliseconds = 20;
const maxCandidates = budgets.counterCandidates.maxEntries;

/**
 * Finds the runtime's counters in the program's own data (docs/how-it-works.md#without-any-endpoint); stripped programs and PIE as well.
 * `unsupported` when there is no such place, or more than one.
 */
export async function locateCounters(
  memory: ProcessMemory,
  { mappings, exe }: ProgramImage,
  signal: AbortSignal,
): Promise<Reading<PlacedCounters>> {
  const ranges = dataRanges(mappings, exe);
  if (ranges.length === 0) return missing('unsupported', 'the mappings of the process show no writable data of its executable');
  const bounds = boundsOf(mappings);
  let candidatesSeen = 0;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (attempt > 1) await setTimeout(retryMilliseconds);
    const places = await findPlaces(memory, ranges, bounds, signal);
    if (signal.aborted) return missing('timeout', "the scan of the program's data was not done in time: raise the timeout of the poll");
    const confirmed = places.filter(({ deltas }) => deltas !== undefined);
    const believed = confirmed.length > 0 ? confirmed : places.filter(({ arenas }) => canHoldArenas(mappings, arenas));
    const [place] = believed;
    if (place !== undefined && believed.length === 1) return readWithRetries(memory, place, signal);
    candidatesSeen = Math.max(candidatesSeen, believed.length);
  }
  if (candidatesSeen > 1)
    return missing('unsupported', `${candidatesSeen} places in the program's data resemble the counters of a Go runtime`);
  return missing('unsupported', "the counters of a Go runtime, 1.19 or later, were not found in the program's data");
}

/** Both sets of counters by what they must be and add up to. The first is read anew before each block: under load it moves. */
async function findPlaces(
  memory: ProcessMemory,
  ranges: readonly AddressRange[],
  bounds: CounterBounds,
  signal: AbortSignal,
): Promise<CounterPlace[]> {
  const heaps = new Set<number>();
  const places = new Map<string, CounterPlace>(); // by their addresses: blocks overlap, and so may the mappings of a walk
  await eachBlock(memory, ranges, signal, (bytes, address) => {
    for (const at of findHeapWords(bytes, address, bounds)) if (heaps.size < maxCandidates) heaps.add(at);
  });
  if (heaps.size === 0) return [];
  await eachBlock(memory, ranges, signal, (bytes, address) => {
    for (const candidate of heaps) {
      const heap = heapAt(memory, candidate);
      if (heap === undefined || !canBeHeap(heap, bounds)) continue;
      for (const sysAt of findSysWords(bytes, address, heap)) {
        if (places.size === maxCandidates) return;
        const reading = readCounters(memory, { heapAt: candidate, sysAt, deltas: undefined, arenas: 0 });
        if (reading.ok) places.set(`${candidate} ${sysAt}`, reading.value.place);
      }
    }
  });
  return [...places.values()];
}
