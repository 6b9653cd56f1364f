import { budgets } from '../../budgets.ts';
import { createSlices } from '../../files/turns.ts';
import type { AddressRange } from '../../model/address-range.ts';
import type { MallocChunks } from '../../model/mapping.ts';
import { found, missing } from '../../model/reading.ts';
import { type ProcessHandle, ptraceNeeds, type Source } from '../../model/source.ts';
import { findBlocks } from './malloc-blocks.ts';
import { heapBlockBytes, heapInfoBytes, isHeapInfo } from './malloc-headers.ts';
import { withMemory } from './memory.ts';

/** The anonymous memory in question. */
export interface MallocChunksTarget extends ProcessHandle {
  /** Mappings, or parts of them, that may hold blocks which malloc mapped one by one. */
  readonly parts: readonly AddressRange[];
  /** Mappings that may be blocks of a thread's arena. */
  readonly arenas: readonly AddressRange[];
}

const maxHeaders = budgets.mallocLooks.maxEntries;

/**
 * What glibc's malloc says of itself (/proc/PID/mem): which blocks it mapped one by one, by the 16 bytes at their start, and which 64 MiB
 * blocks are heaps of its threads' arenas. Opt-in (`--process.memory-reads`), for it needs the right to attach: PTRACE_MODE_ATTACH. A page
 * that is not resident is not read, and then nothing is said of it.
 */
export const mallocChunks = {
  name: 'malloc_chunks',
  without: { needs: ptraceNeeds.attach, lost: 'C malloc told from other native memory by its headers: wider intervals', families: [] },
  read(target, signal) {
    return withMemory(target, async (memory) => {
      const slices = createSlices(signal);
      const heaps: number[] = [];
      const others: number[] = [];
      for (const arena of target.arenas) {
        for (let at = Math.ceil(arena.start / heapBlockBytes) * heapBlockBytes; at < arena.end; at += heapBlockBytes) {
          const bytes = memory.read(at, heapInfoBytes);
          if (bytes.length === heapInfoBytes) (isHeapInfo(bytes, at) ? heaps : others).push(at);
        }
        if (!(await slices.pause())) return late(target);
      }
      const ranges: AddressRange[] = [];
      let left = maxHeaders;
      for (const part of target.parts) {
        const blocks = await findBlocks(memory, part, left, slices);
        if (blocks === undefined) return late(target);
        left -= blocks.headersRead;
        for (const range of blocks.ranges) ranges.push(range);
        if (left <= 0) break;
      }
      return found({ ranges, heaps, others });
    });
  },
} as const satisfies Source<MallocChunksTarget, MallocChunks>;

function late({ parts, arenas }: MallocChunksTarget) {
  return missing('timeout', `${parts.length + arenas.length} mappings were not read in time`);
}
