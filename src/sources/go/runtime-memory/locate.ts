import { missing, type Reading } from '../../../reading.ts';
import type { ExeImage, Mapping } from '../../../snapshot.ts';
import type { ProcessMemory } from '../../process/memory.ts';
import { createSlices } from '../../process/slices.ts';
import { boundsOf, canHoldArenas } from './arena-runs.ts';
import { type HeapWords, windowSize } from './counters.ts';
import { dataRanges, type Range } from './data-ranges.ts';
import { findDeltas, mostBefore } from './heap-deltas.ts';
import { type CounterPlace, heapAt, type PlacedCounters, readCounters } from './read-counters.ts';
import { type Bounds, canBeHeap, findHeapWords, findSysWords } from './scan.ts';

/** What is known of the layout of the process: any walk over its mappings since it began to run its program will do. */
export interface Layout {
  readonly mappings: readonly Mapping[];
  readonly exe: ExeImage;
}

const block = 32 * 1024; // of which a scan takes about a millisecond without the optimizing compiler
const attempts = 3;
const mostCandidates = 64;
/** Larger tables of a program are scanned up to here; the linker sorts small variables to the front (cmd/link/internal/ld, `dodataSect`). */
const mostScanned = 64 * 1024 * 1024;

/**
 * Finds the runtime's counters in the program's own data, without a symbol or a table of versions, works stripped and as PIE. Two independent checks
 * before a place is believed: the sum of all counters, and either the heap's own statistics next to them or the arenas among the mappings.
 * `unsupported` when there is no such place, or more than one.
 */
export async function locateCounters(
  memory: ProcessMemory,
  { mappings, exe }: Layout,
  signal: AbortSignal,
): Promise<Reading<PlacedCounters>> {
  const ranges = dataRanges(mappings, exe);
  if (ranges.length === 0) return missing('unsupported', 'the mappings of the process show no writable data of its executable');
  const bounds = boundsOf(mappings);
  let why = missing('unsupported', "the counters of a Go runtime (1.19 or later) were not found in the program's data");
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const pairs = await findPairs(memory, ranges, bounds, signal);
    if (signal.aborted) return missing('timeout', "the scan of the program's data was not done in time: raise the timeout of the poll");
    const places = pairs.flatMap(({ heapAt, sysAt }) => placeOf(memory, heapAt, sysAt) ?? []);
    const confirmed = places.filter(({ deltas }) => deltas !== undefined);
    const believed = confirmed.length > 0 ? confirmed : places.filter(({ arenas }) => canHoldArenas(mappings, arenas));
    const [place] = believed;
    if (place !== undefined && believed.length === 1) return readCounters(memory, place);
    if (believed.length > 1)
      why = missing('unsupported', `${believed.length} places in the program's data look like the counters of a Go runtime`);
  }
  return why;
}

interface Pair {
  readonly heapAt: number;
  readonly sysAt: number;
}

/** Both sets of counters by what they must be and add up to. The first is read anew before each block: under load it moves while the second is sought. */
async function findPairs(memory: ProcessMemory, ranges: readonly Range[], bounds: Bounds, signal: AbortSignal): Promise<Pair[]> {
  const heaps: number[] = [];
  await eachBlock(memory, ranges, signal, (bytes, address) => {
    if (heaps.length < mostCandidates) heaps.push(...findHeapWords(bytes, address, bounds));
  });
  const pairs: Pair[] = [];
  if (heaps.length === 0) return pairs;
  await eachBlock(memory, ranges, signal, (bytes, address) => {
    for (const candidate of heaps) {
      const heap = heapAt(memory, { heapAt: candidate });
      if (heap === undefined || !canBeHeap(heap, bounds)) continue;
      for (const sysAt of findSysWords(bytes, address, heap)) if (pairs.length < mostCandidates) pairs.push({ heapAt: candidate, sysAt });
    }
  });
  return pairs;
}

/** Hands out the resident data in blocks that overlap, so that no window is cut. */
async function eachBlock(
  memory: ProcessMemory,
  ranges: readonly Range[],
  signal: AbortSignal,
  look: (bytes: Uint8Array, address: number) => void,
): Promise<void> {
  const slices = createSlices(signal);
  let left = mostScanned;
  for (const range of ranges) {
    const first = Math.ceil(range.start / 8) * 8;
    for (const { start, end } of memory.present(first, range.end, left)) {
      for (let address = start; address < end && left > 0; address += block) {
        const size = Math.min(block + windowSize - 8, end - address);
        look(memory.read(address, size), address);
        left -= block;
        if (!(await slices.pause())) return;
      }
    }
  }
}

/** A pair that still adds up when both are read together, with the heap's own statistics where they are found. */
function placeOf(memory: ProcessMemory, heapAddress: number, sysAt: number): CounterPlace | undefined {
  const bare = { heapAt: heapAddress, sysAt, deltas: undefined, arenas: 0 };
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const reading = readCounters(memory, bare);
    if (!reading.ok) return undefined;
    const { counters, place } = reading.value;
    const heap: HeapWords = counters;
    const deltas = findDeltas(before(memory, sysAt), heap, place.arenas);
    if (deltas !== undefined || attempt === attempts) return { ...place, deltas };
  }
  return undefined;
}

/** What stands before the counters, as far back as it is present. */
function before(memory: ProcessMemory, sysAt: number): Buffer {
  const [...stretches] = memory.present(sysAt - mostBefore, sysAt, mostBefore);
  const last = stretches.at(-1);
  return last === undefined || last.end !== sysAt ? Buffer.alloc(0) : memory.read(last.start, sysAt - last.start);
}
