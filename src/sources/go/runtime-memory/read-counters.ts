import { found, missing, type Reading } from '../../../reading.ts';
import type { RuntimeCounters } from '../../../snapshot.ts';
import { bytes } from '../../../units.ts';
import type { ProcessMemory } from '../../process/memory.ts';
import { type HeapWords, heapWords, type SysWords, sysWords, windowSize } from './counters.ts';
import { type DeltasPlace, type Split, splitOf } from './heap-deltas.ts';
import { arenasOf } from './scan.ts';
import { wordsOf } from './words.ts';

/** Where in the target's memory its runtime's counters stand. Addresses do not change while the program runs. */
export interface CounterPlace {
  readonly heapAt: number;
  readonly sysAt: number;
  readonly deltas: DeltasPlace | undefined;
  /** The bytes of arenas when they were last read: they only grow. */
  readonly arenas: number;
}

/** The counters, and where to read them the next time. */
export interface PlacedCounters {
  readonly counters: RuntimeCounters;
  readonly place: CounterPlace;
}

/** The runtime changes its counters one by one: what is read in the middle of it does not add up, and is read again. */
const attempts = 8;

/**
 * Reads the counters at a known place: two reads of 48 bytes, and three more where stacks and GC work can be told apart. Each time they must add
 * up to whole arenas, not fewer than before; `mismatch` when they never do.
 */
export function readCounters(memory: ProcessMemory, place: CounterPlace): Reading<PlacedCounters> {
  let joined: PlacedCounters | undefined;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const first = heapAt(memory, place);
    const sys = sysAt(memory, place);
    const parts = deltasAt(memory, place);
    const heap = heapAt(memory, place);
    if (first === undefined || heap === undefined || sys === undefined) break;
    const arenas = arenasOf(heap, sys);
    // twice the same: a whole arena step that is on its way from one counter to the other passes the sum
    if (arenas === undefined || arenas < place.arenas || arenasOf(first, sys) !== arenas) continue;
    const split = place.deltas === undefined ? undefined : splitOf(parts, heap, arenas);
    const placed = { counters: countersOf(heap, sys, split), place: { ...place, arenas } };
    if (split !== undefined || place.deltas === undefined) return found(placed);
    joined ??= placed;
  }
  if (joined !== undefined) return found(joined);
  return missing(
    'mismatch',
    "the counters of the Go runtime in the target's memory do not add up: a new program in the process, or a heap that moves fast",
  );
}

/** The heap's counters; `undefined` where they can't be read. */
export function heapAt(memory: ProcessMemory, { heapAt: address }: Pick<CounterPlace, 'heapAt'>): HeapWords | undefined {
  const window = memory.read(address, windowSize);
  return window.length === windowSize ? heapWords(wordsOf(window), 0) : undefined;
}

function sysAt(memory: ProcessMemory, { sysAt: address }: CounterPlace): SysWords | undefined {
  const window = memory.read(address, windowSize);
  return window.length === windowSize ? sysWords(wordsOf(window), 0) : undefined;
}

function deltasAt(memory: ProcessMemory, { sysAt: address, deltas }: CounterPlace): Buffer[] {
  if (deltas === undefined) return [];
  const start = address - deltas.before;
  return [0, 1, 2].map((set) => memory.read(start + set * deltas.stride, windowSize));
}

function countersOf(heap: HeapWords, sys: SysWords, split: Split | undefined): RuntimeCounters {
  return {
    heapInUse: bytes(heap.heapInUse),
    heapReleased: bytes(heap.heapReleased),
    heapFree: bytes(heap.heapFree),
    totalAlloc: heap.totalAlloc,
    totalFree: heap.totalFree,
    mappedReady: bytes(heap.mappedReady),
    stacksSys: bytes(sys.stacksSys),
    mspanSys: bytes(sys.mspanSys),
    mcacheSys: bytes(sys.mcacheSys),
    buckHashSys: bytes(sys.buckHashSys),
    gcMiscSys: bytes(sys.gcMiscSys),
    otherSys: bytes(sys.otherSys),
    stackInuse: split === undefined ? undefined : bytes(split.stackInuse),
  };
}
