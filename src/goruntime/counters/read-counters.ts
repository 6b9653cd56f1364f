import { setTimeout } from 'node:timers/promises';
import { maxReadBytes, type ProcessMemory } from '../../kernel/memory/memory.ts';
import type { RuntimeCounters } from '../../model/go.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { bytes } from '../../model/units.ts';
import { wordsOf } from '../tables/memory-words.ts';
import { type HeapWords, heapWords, type SysWords, sysWords, windowSize } from './counters.ts';
import { type DeltasPlace, findSplit, knownSplit, maxBytesBefore, type Split } from './heap-deltas.ts';
import { type Pacer, pacerIn, pacerSize } from './pacer.ts';
import { arenasOf } from './scan.ts';

/** Where in the target's memory its runtime's counters stand. Addresses do not change while the program runs. */
export interface CounterPlace {
  readonly heapAt: number;
  readonly sysAt: number;
  /** Where the statistics stand that tell stacks from GC work; absent while they were not found. */
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
const maxAttempts = 8;
const maxWaitMilliseconds = 64;

/**
 * Reads the counters at a known place: twice 48 bytes of the heap's with the 300 before them, 48 of the others, and the 3.5 kB before
 * those, which hold the stacks'. Each time they must add up to whole arenas, not fewer than before; `mismatch` when they never do,
 * `unsupported` where they are not resident.
 */
export function readCounters(memory: ProcessMemory, place: CounterPlace): Reading<PlacedCounters> {
  let joined: PlacedCounters | undefined;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const first = heapAt(memory, place.heapAt);
    const sys = sysAt(memory, place.sysAt);
    const front = bytesBefore(memory, place.sysAt, place.deltas?.before ?? maxBytesBefore);
    const heap = heapAt(memory, place.heapAt);
    if (first === undefined || heap === undefined || sys === undefined) {
      return missing(
        'unsupported',
        "the pages with the counters of the Go runtime are not in the target's memory: swapped out, or it has exited",
      );
    }
    const arenas = arenasOf(heap, sys);
    // twice the same: a whole arena step that is on its way from one counter to the other passes the sum
    if (arenas === undefined || arenas < place.arenas || arenasOf(first, sys) !== arenas) continue;
    const split =
      place.deltas === undefined
        ? findSplit(front, heap, arenas, joined === undefined) // the thorough search takes milliseconds: once
        : knownSplit(front, place.deltas, heap, arenas);
    const pacer = pacerIn(memory.read(place.heapAt - pacerSize, pacerSize), heap);
    const placed = { counters: countersOf(heap, sys, split, pacer), place: { ...place, arenas, deltas: split?.place } };
    if (split !== undefined) return found(placed);
    joined ??= placed;
  }
  if (joined !== undefined) return found(joined);
  return missing(
    'mismatch',
    "the counters of the Go runtime in the target's memory do not add up: another program runs in the process now, or its heap moves too fast",
  );
}

/**
 * The same with patience: a collection or FreeOSMemory keeps the counters moving for some milliseconds (one read in twenty under load).
 * Waits for the stacks' as well, where they were found before.
 */
export async function readWithRetries(memory: ProcessMemory, place: CounterPlace, signal: AbortSignal): Promise<Reading<PlacedCounters>> {
  let best = readCounters(memory, place);
  for (let wait = 1; wait <= maxWaitMilliseconds && !signal.aborted && !isWhole(best, place); wait *= 2) {
    await setTimeout(wait);
    const next = readCounters(memory, place);
    if (next.ok) best = next;
  }
  return best;
}

function isWhole(reading: Reading<PlacedCounters>, { deltas }: CounterPlace): boolean {
  return reading.ok && (deltas === undefined || reading.value.place.deltas !== undefined);
}

/** The heap's counters; `undefined` where they can't be read. */
export function heapAt(memory: ProcessMemory, address: number): HeapWords | undefined {
  const window = memory.read(address, windowSize);
  return window.length === windowSize ? heapWords(wordsOf(window), 0) : undefined;
}

function sysAt(memory: ProcessMemory, address: number): SysWords | undefined {
  const window = memory.read(address, windowSize);
  return window.length === windowSize ? sysWords(wordsOf(window), 0) : undefined;
}

/** What stands before an address, as far back as it is present. */
function bytesBefore(memory: ProcessMemory, address: number, maxBytes: number): Buffer {
  const last = memory.present(address - maxBytes, address, maxReadBytes).at(-1);
  return last === undefined || last.end !== address ? Buffer.alloc(0) : memory.read(last.start, address - last.start);
}

function countersOf(heap: HeapWords, sys: SysWords, split: Split | undefined, pacer: Pacer | undefined): RuntimeCounters {
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
    pacer,
  };
}
