import type { ProcessMemory } from '../../process/memory.ts';
import type { Range } from './data-ranges.ts';
import { wordAt, wordsOf } from './words.ts';

const chunkSize = 256 * 1024; // persistentChunkSize of runtime/malloc.go
const mostChunks = 16_384; // 4 GiB
const buckets = 179_999; // buckHashSize of runtime/mprof.go
const hashOffset = 24; // of its `bucket`: next, allnext, typ, hash
const mostBuckets = 4096; // looked at
const page = 4096;

/** Whether it is the address of a page of one of the ranges, which are by address. */
export function isPage(address: number, ranges: readonly Range[]): boolean {
  return address % page === 0 && holds(ranges, address, page);
}

/**
 * The chunks that the runtime takes its small things from: each begins with the address of the one before (persistentalloc1 of runtime/malloc.go, the same
 * from 1.19 to 1.27). Believed if the list ends, each chunk lies in one of the `parts`, and the oldest in what was mapped when the
 * process started. `undefined` for anything else.
 */
export function chunksFrom(
  memory: ProcessMemory,
  newest: number,
  parts: readonly Range[],
  early: readonly Range[],
): readonly Range[] | undefined {
  const chunks: Range[] = [];
  for (let at = newest; at !== 0; at = wordAt(wordsOf(memory.read(at, 8)), 0)) {
    if (!isPage(at, parts) || !holds(parts, at, chunkSize) || chunks.length === mostChunks) return undefined;
    chunks.push({ start: at, end: at + chunkSize });
  }
  const oldest = chunks.at(-1);
  return oldest !== undefined && holds(early, oldest.start, chunkSize) ? chunks : undefined;
}

/**
 * The profiler's hash table at an address: each word is none, or the address of a bucket, which lies in one of the chunks, and whose hash leads to
 * this very place of the table. `undefined` if one does not.
 */
export function bucketsIn(memory: ProcessMemory, start: number, parts: readonly Range[], chunks: readonly Range[]): Range | undefined {
  const end = start + buckets * 8;
  if (!isPage(start, parts) || !holds(parts, start, buckets * 8)) return undefined;
  let looked = 0;
  for (const stretch of memory.present(start, end, end - start)) {
    const words = wordsOf(memory.read(stretch.start, stretch.end - stretch.start));
    for (let index = 0; index < words.length && looked < mostBuckets; index += 2) {
      const bucket = wordAt(words, index);
      if (bucket === 0) continue;
      looked += 1;
      if (!chunks.some((chunk) => chunk.start <= bucket && bucket < chunk.end)) return undefined;
      const hash = memory.read(bucket + hashOffset, 8);
      if (hash.length < 8 || Number(hash.readBigUInt64LE() % BigInt(buckets)) !== (stretch.start - start) / 8 + index / 2) return undefined;
    }
  }
  return looked === 0 ? undefined : { start, end: Math.ceil(end / page) * page };
}

function holds(ranges: readonly Range[], start: number, size: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range === undefined) return false;
    if (range.end <= start) low = middle + 1;
    else if (range.start > start) high = middle - 1;
    else return start + size <= range.end;
  }
  return false;
}
