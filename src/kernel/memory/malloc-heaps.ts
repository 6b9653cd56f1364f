import type { Slices } from '../../files/turns.ts';
import type { MallocHeld } from '../../model/mapping.ts';
import { bytes } from '../../model/units.ts';
import { chunkHead, type HeapPlace, headerBytes, minChunkBytes } from './malloc-headers.ts';
import { maxReadBytes, type ProcessMemory } from './memory.ts';
import { pageSize } from './pagemap.ts';

/** What may still be done: bytes that are read, and chunks that are gone through. */
export interface HeapBudget {
  bytes: number;
  chunks: number;
}

const chunksBetweenPauses = 4096;
const maxStarts = 8; // tries that look like a first chunk and are none: there was not one in the heaps that were measured
const skipReadBytes = 16 * 1024; // a chunk of this size or more says that the next header is not worth reading what lies before it

/**
 * What a heap has in use and what is free in it, by its chunks (malloc/malloc.c, `struct malloc_chunk`): each one's size leads to the next,
 * whose head says whether it is in use and whose first word, if it is not, repeats its size. Believed only if the last one ends where the
 * heap ends, and no word contradicts another; else nothing is said. Small chunks that a thread keeps for itself (tcache, fastbins) look in
 * use, so free is "at least". `undefined` where it can't be told, `'late'` when the poll is over.
 */
export async function heapUse(
  memory: ProcessMemory,
  heap: HeapPlace,
  budget: HeapBudget,
  slices: Slices,
): Promise<MallocHeld | undefined | 'late'> {
  let tries = 0;
  for (let at = heap.first.start; at < heap.first.end && tries < maxStarts; at += headerBytes) {
    const head = headAt(memory, at, headerBytes, budget)?.head;
    if (head?.isPreviousInUse !== true || head.size < minChunkBytes || at + head.size > heap.end) continue;
    tries += 1;
    // it may have moved meanwhile
    const use = (await walk(memory, heap, at, budget, slices)) ?? (await walk(memory, heap, at, budget, slices));
    if (use !== undefined) return use;
  }
  return undefined;
}

async function walk(
  memory: ProcessMemory,
  { start, end, isMain }: HeapPlace,
  from: number,
  budget: HeapBudget,
  slices: Slices,
): Promise<MallocHeld | undefined | 'late'> {
  let [free, whole] = [0, 0];
  let last = { at: from, size: 0 };
  let window: { readonly base: number; readonly bytes: Buffer } = { base: from, bytes: Buffer.alloc(0) };
  for (let at = from; ; ) {
    if (budget.chunks % chunksBetweenPauses === 0 && !(await slices.pause())) return 'late';
    if (budget.chunks <= 0) return undefined;
    budget.chunks -= 1;
    if (at - window.base + headerBytes > window.bytes.length) {
      const read = headAt(memory, at, last.size >= skipReadBytes ? headerBytes : Math.min(maxReadBytes, end - at), budget);
      if (read === undefined) return undefined;
      window = { base: at, bytes: read.bytes };
    }
    const head = chunkHead(window.bytes, at - window.base);
    if (at > from && !head.isPreviousInUse && !add(last, true)) return undefined;
    if (at > from && !head.isPreviousInUse && head.previousSize !== last.size) return undefined;
    if (head.size === 0 && at === end - headerBytes && at > from) return held(); // the fence behind a heap that is full (sysmalloc)
    const isFence = head.size === headerBytes;
    if (head.isMapped || head.size % headerBytes !== 0 || (head.size < minChunkBytes && !isFence) || at + head.size > end) return undefined;
    last = { at, size: head.size };
    at += head.size;
    if (at < end) continue;
    add(last, isMain); // the top
    return held();
  }

  function add(chunk: { readonly at: number; readonly size: number }, isTrimmed: boolean): boolean {
    const behind = chunk.at + chunk.size;
    const isRead = chunk.at >= window.base && behind <= window.base + window.bytes.length;
    free += isRead ? chunk.size : presentIn(memory, chunk.at, behind, budget);
    // as much of it as malloc_trim gives back: what lies behind its own words, in whole pages
    const first = Math.ceil((chunk.at + 3 * headerBytes) / pageSize()) * pageSize();
    const pages = Math.floor(behind / pageSize()) * pageSize();
    if (isTrimmed && pages > first) whole += isRead ? pages - first : presentIn(memory, first, pages, budget);
    return budget.bytes > 0;
  }

  function held(): MallocHeld {
    return { resident: bytes(presentIn(memory, start, end, budget)), free: bytes(free), trimmable: bytes(whole) };
  }
}

function headAt(memory: ProcessMemory, at: number, size: number, budget: HeapBudget) {
  if (budget.bytes <= 0 || budget.chunks <= 0) return undefined;
  const bytes = memory.read(at, size);
  budget.bytes -= Math.max(pageSize(), bytes.length);
  return bytes.length < headerBytes ? undefined : { bytes, head: chunkHead(bytes, 0) };
}

/** Resident bytes of a range; of what the pages are, eight bytes each are read. */
function presentIn(memory: ProcessMemory, start: number, end: number, budget: HeapBudget): number {
  budget.bytes -= ((end - start) / pageSize()) * 8;
  return memory.present(start, end, end - start).reduce((sum, stretch) => sum + stretch.end - stretch.start, 0);
}
