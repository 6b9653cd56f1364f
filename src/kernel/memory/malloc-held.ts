import { budgets } from '../../budgets.ts';
import { createSlices } from '../../files/turns.ts';
import type { AddressRange } from '../../model/address-range.ts';
import type { MallocHeld } from '../../model/mapping.ts';
import { found, missing } from '../../model/reading.ts';
import { type ProcessHandle, ptraceNeeds, type Source } from '../../model/source.ts';
import { bytes } from '../../model/units.ts';
import { type HeapPlace, heapBlockBytes, heapInfoBytes, heapPlaceOf, isHeapInfo } from './malloc-headers.ts';
import { heapUse } from './malloc-heaps.ts';
import { type ProcessMemory, withMemory } from './memory.ts';

/** Where heaps of malloc may lie, by a walk over the mappings of just now. */
export interface MallocPlaces {
  /** What brk(2) has grown: the main arena's heap, if it is glibc's. */
  readonly brk: readonly AddressRange[];
  /** Mappings that may be blocks of a thread's arena. */
  readonly arenas: readonly AddressRange[];
}

const maxStaticBytes = 8192; // a static program has its thread-local storage from brk before malloc (`_dl_early_allocate`)

/**
 * How much of the heaps of glibc's malloc was freed by the program and is kept, by their chunks (/proc/PID/mem). Opt-in
 * (`--process.memory-reads`), for it needs the right to attach: PTRACE_MODE_ATTACH. Blocks that malloc mapped one by one are in use: it
 * unmaps what is freed of them.
 */
export const mallocHeld = {
  name: 'malloc_held',
  without: { needs: ptraceNeeds.attach, lost: "what C's malloc has in use told from what it keeps", families: [] },
  read(target, signal) {
    return withMemory(target, async (memory) => {
      const slices = createSlices(signal);
      const budget = { bytes: budgets.mallocHeaps.maxBytes, chunks: budgets.mallocHeapChunks.maxEntries };
      let sum: MallocHeld | undefined;
      for (const place of placesOf(memory, target)) {
        const held = await heapUse(memory, place, budget, slices);
        if (held === 'late') return missing('timeout', "the heaps of C's malloc were not gone through in time");
        if (held !== undefined) sum = sum === undefined ? held : added(sum, held);
      }
      if (sum !== undefined) return found(sum);
      return missing(
        'unsupported',
        "no heap of glibc's malloc could be gone through from its first chunk to its last: another malloc's, or in motion",
      );
    });
  },
} as const satisfies Source<ProcessHandle & MallocPlaces, MallocHeld>;

function placesOf(memory: ProcessMemory, { brk, arenas }: MallocPlaces): readonly HeapPlace[] {
  const places: HeapPlace[] = brk.map(({ start, end }) => ({ start, end, first: { start, end: start + maxStaticBytes }, isMain: true }));
  for (const arena of arenas) {
    for (let at = Math.ceil(arena.start / heapBlockBytes) * heapBlockBytes; at < arena.end; at += heapBlockBytes) {
      const info = memory.read(at, heapInfoBytes);
      if (info.length === heapInfoBytes && isHeapInfo(info, at)) places.push(heapPlaceOf(info, at));
    }
  }
  return places;
}

function added(one: MallocHeld, other: MallocHeld): MallocHeld {
  return {
    resident: bytes(one.resident + other.resident),
    free: bytes(one.free + other.free),
    trimmable: bytes(one.trimmable + other.trimmable),
  };
}
