import { found, missing } from '../../reading.ts';
import type { MallocChunks, Mapping } from '../../snapshot.ts';
import type { ProcessHandle, Source } from '../source.ts';
import { openMemory, type ProcessMemory } from './memory.ts';
import { pageSize } from './pagemap.ts';
import { createSlices } from './slices.ts';

/** The anonymous mappings in question. */
export interface MallocChunksTarget extends ProcessHandle {
  readonly candidates: ReadonlyArray<Pick<Mapping, 'start' | 'end'>>;
}

const headerSize = 16;
const isMapped = 2;
/** In one go: some 100 ms, in slices. What is left is neither among the chunks nor among the others. */
const mostHeaders = 20_000;

/**
 * Which anonymous mappings glibc's malloc made for one large block each, by the 16 bytes at their start (/proc/PID/mem); where the kernel joined
 * several of them to one mapping, by the headers that follow one another. Opt-in (`--process.memory-reads`), for it needs the right to
 * attach: PTRACE_MODE_ATTACH. A page that is not resident is not read, and then nothing is said of its mapping.
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
      const mmapped: number[] = [];
      const others: number[] = [];
      const ranges: Array<{ readonly start: number; readonly end: number }> = [];
      let left = mostHeaders;
      for (const mapping of target.candidates) {
        if (left <= 0) break;
        const chain = followChunks(memory, mapping, left);
        left -= Math.max(1, chain.count);
        if (chain.resident) (chain.count > 0 ? mmapped : others).push(mapping.start);
        if (chain.count > 0) ranges.push({ start: mapping.start, end: chain.end });
        if (!(await slices.pause())) return missing('timeout', `${target.candidates.length} mappings were not looked at in time`);
      }
      return found({ mmapped, others, ranges });
    } finally {
      memory.close();
    }
  },
} as const satisfies Source<MallocChunksTarget, MallocChunks>;

interface Chain {
  readonly resident: boolean;
  readonly count: number;
  readonly end: number;
}

/** From the start of a mapping on, one block behind the other, as far as there are headers. */
function followChunks(memory: ProcessMemory, { start, end }: Pick<Mapping, 'start' | 'end'>, most: number): Chain {
  let at = start;
  let count = 0;
  while (at < end && count < most) {
    const header = memory.read(at, headerSize);
    if (header.length < headerSize) return { resident: count > 0, count, end: at };
    const size = mappedChunkSize(header, end - at);
    if (size === undefined) break;
    count += 1;
    at += size;
  }
  return { resident: true, count, end: at };
}

/**
 * Pure: the size of the block that glibc mapped with this header (malloc/malloc.c, `sysmalloc_mmap`): nothing before it, the flag IS_MMAPPED alone, whole
 * pages; `undefined` when it is none or would not fit in `room` bytes.
 */
export function mappedChunkSize(header: Uint8Array, room: number): number | undefined {
  if (header.length < headerSize) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, headerSize);
  const word = view.getBigUint64(8, true);
  if (view.getBigUint64(0, true) !== 0n || word > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const size = Number(word) - isMapped;
  return size > 0 && size % pageSize() === 0 && size <= room ? size : undefined;
}
