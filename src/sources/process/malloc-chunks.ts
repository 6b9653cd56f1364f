import { found, missing } from '../../reading.ts';
import type { MallocChunks } from '../../snapshot.ts';
import type { ProcessHandle, Source } from '../source.ts';
import { headerSize, heapBlock, heapInfoSize, isHeapInfo, mappedChunkSize, smallestMapped } from './malloc-headers.ts';
import { openMemory, type ProcessMemory } from './memory.ts';
import { pageSize } from './pagemap.ts';
import { createSlices } from './slices.ts';

/** Addresses, page by page. */
interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/** The anonymous memory in question. */
export interface MallocChunksTarget extends ProcessHandle {
  /** Mappings, or parts of them, that may hold blocks which malloc mapped one by one. */
  readonly parts: readonly AddressRange[];
  /** Mappings that may be blocks of a thread's arena. */
  readonly arenas: readonly AddressRange[];
}

/** Looks in one reading: some 100 ms, in slices. Nothing is said of what is left. */
const mostLooks = 20_000;
/** Pages of one part that begin with no header, which are looked at: 16 MiB, more than Go has of metadata beside such blocks in any program measured. */
const mostSkipped = 4096;

/**
 * What glibc's malloc says of itself (/proc/PID/mem): which blocks it mapped one by one, by the 16 bytes at their start, and which 64 MiB blocks are
 * heaps of its threads' arenas. Opt-in (`--process.memory-reads`), for it needs the right to attach: PTRACE_MODE_ATTACH. A page that is not
 * resident is not read, and then nothing is said of it.
 */
export const mallocChunks = {
  name: 'malloc_chunks',
  gives: 'which large anonymous mappings are blocks of C malloc',
  async read(target, signal) {
    const opened = openMemory(target);
    if (!opened.ok) return opened;
    const memory = opened.value;
    try {
      const slices = createSlices(signal);
      const heaps: number[] = [];
      const others: number[] = [];
      for (const arena of target.arenas) {
        for (let at = Math.ceil(arena.start / heapBlock) * heapBlock; at < arena.end; at += heapBlock) {
          const bytes = memory.read(at, heapInfoSize);
          if (bytes.length === heapInfoSize) (isHeapInfo(bytes, at) ? heaps : others).push(at);
        }
        if (!(await slices.pause())) return late(target);
      }
      const ranges: AddressRange[] = [];
      let left = mostLooks;
      for (const part of target.parts) {
        if (left <= 0) break;
        let most = mostSkipped;
        for (let from: number | undefined = part.start; from !== undefined && left > 0 && most > 0; ) {
          const look = nextChain(memory, from, part, Math.min(left, most));
          left -= look.looks;
          most -= look.looks - look.chunks;
          if (look.chain !== undefined) ranges.push(look.chain);
          from = look.chain !== undefined && look.chain.end < part.end ? look.chain.end : undefined;
          if (!(await slices.pause())) return late(target);
        }
      }
      return found({ ranges, heaps, others });
    } finally {
      memory.close();
    }
  },
} as const satisfies Source<MallocChunksTarget, MallocChunks>;

function late({ parts, arenas }: MallocChunksTarget) {
  return missing('timeout', `${parts.length + arenas.length} mappings were not looked at in time`);
}

interface Look {
  /** How many headers were read. */
  readonly looks: number;
  readonly chunks: number;
  readonly chain: AddressRange | undefined;
}

/**
 * The next block at or behind `from`, and those that follow it, one behind the other. The kernel joins neighbors, and puts a block into any hole that is
 * large enough: in front of one there may be memory of Go's (a whole leak was missed for 1 MiB of it), or a block of which the first page was swapped out.
 */
function nextChain(memory: ProcessMemory, from: number, part: AddressRange, most: number): Look {
  let looks = 0;
  for (let at: number | undefined = from; at !== undefined && looks < most; at = nextPresent(memory, at + pageSize(), part.end)) {
    looks += 1;
    const first = chunkAt(memory, at, part.end);
    if (first === undefined || (at !== part.start && first < smallestMapped)) continue;
    let end = at + first;
    let chunks = 1;
    while (end < part.end && looks < most) {
      looks += 1;
      const size = chunkAt(memory, end, part.end);
      if (size === undefined) break;
      chunks += 1;
      end += size;
    }
    return { looks, chunks, chain: { start: at, end } };
  }
  return { looks, chunks: 0, chain: undefined };
}

function chunkAt(memory: ProcessMemory, at: number, end: number): number | undefined {
  return mappedChunkSize(memory.read(at, headerSize), end - at);
}

const window = 2 * 1024 * 1024; // of address space: 4 KiB of pagemap

function nextPresent(memory: ProcessMemory, from: number, end: number): number | undefined {
  if (memory.present(from, Math.min(end, from + 1), 1).length > 0) return from < end ? from : undefined;
  for (let at = from, looks = 0; at < end && looks < 512; at += window, looks += 1) {
    const [stretch] = memory.present(at, end, window);
    if (stretch !== undefined) return stretch.start;
  }
  return undefined;
}
