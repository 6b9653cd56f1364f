import type { AddressRange } from '../../model/address-range.ts';
import { pageSize } from './pagemap.ts';

/** Bytes of a chunk's header: the size of the one before and its own (malloc/malloc.c, `struct malloc_chunk`), on 64-bit machines. */
export const headerBytes = 16;

/** M_MMAP_THRESHOLD of mallopt(3): smaller blocks are mapped one by one only where a program asked for that. */
export const minMappedBytes = 128 * 1024;

const isMapped = 2;

/**
 * Pure: the size of the block that glibc mapped with this header (malloc/malloc.c, `sysmalloc_mmap`): nothing before it, the flag
 * IS_MMAPPED alone, whole pages; `undefined` when it is none or would not fit in `room` bytes.
 */
export function mappedChunkSize(header: Uint8Array, room: number): number | undefined {
  if (header.length < headerBytes) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, headerBytes);
  const word = view.getBigUint64(8, true);
  if (view.getBigUint64(0, true) !== 0n || word > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const size = Number(word) - isMapped;
  return size > 0 && size % pageSize() === 0 && size <= room ? size : undefined;
}

/** MINSIZE of malloc/malloc.c on 64-bit machines. */
export const minChunkBytes = 32;

/** The first two words of a chunk (malloc/malloc.c, `struct malloc_chunk`). */
export interface ChunkHead {
  /** Of the chunk before, where that is free. */
  readonly previousSize: number;
  readonly size: number;
  readonly isPreviousInUse: boolean;
  readonly isMapped: boolean;
}

/** Pure: the head of the chunk at `offset`; sizes beyond 2^53 lose digits and fit in no heap. */
export function chunkHead(bytes: Buffer, offset: number): ChunkHead {
  const low = bytes.readUInt32LE(offset + 8);
  return {
    previousSize: bytes.readUInt32LE(offset + 4) * 2 ** 32 + bytes.readUInt32LE(offset),
    size: bytes.readUInt32LE(offset + 12) * 2 ** 32 + low - (low % 8),
    isPreviousInUse: low % 2 === 1,
    isMapped: (low & isMapped) !== 0,
  };
}

/** HEAP_MAX_SIZE of malloc/arena.c: heaps of threads' arenas begin at multiples of it. */
export const heapBlockBytes = 64 * 1024 * 1024;

/** What of `heap_info` (malloc/arena.c) every glibc has: ar_ptr, prev, size, mprotect_size. */
export const heapInfoBytes = 32;

const maxHeapInfoBytes = 128; // its arena lies right behind the first heap's: 32 bytes, or 48 from 2.35 on, which knows page sizes

/**
 * Pure: whether the bytes at `at`, the start of a 64 MiB block, are a `heap_info` of glibc's: it names the arena, which lies behind the
 * info of its first heap, itself if none was before; the heap before, another block; and how much is in use, whole pages.
 */
export function isHeapInfo(bytes: Uint8Array, at: number): boolean {
  if (bytes.length < heapInfoBytes) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, heapInfoBytes);
  const [arena, before, size, usable] = [0, 8, 16, 24].map((offset) => Number(view.getBigUint64(offset, true)));
  if (arena === undefined || before === undefined || size === undefined || usable === undefined) return false;
  const behind = arena % heapBlockBytes;
  if (behind < heapInfoBytes || behind > maxHeapInfoBytes || behind % 16 !== 0) return false;
  if (before % heapBlockBytes !== 0 || before === at || (before === 0) !== (arena - behind === at)) return false;
  const isUsable = size > 0 && size <= usable && usable <= heapBlockBytes;
  return isUsable && size % pageSize() === 0 && usable % pageSize() === 0;
}

/** A heap of malloc's, whose first chunk begins somewhere in `first` and whose last ends at `end`. */
export interface HeapPlace extends AddressRange {
  readonly first: AddressRange;
  /** malloc_trim(3) gives back the top of the main arena, and of the others none (`mtrim` in malloc/malloc.c). */
  readonly isMain: boolean;
}

/**
 * Where the chunks of a thread's heap lie, by its `heap_info`: behind the arena (2200 bytes in 2.27 to 2.41) or, in a later heap, the info.
 */
export function heapPlaceOf(bytes: Uint8Array, at: number): HeapPlace {
  const view = new DataView(bytes.buffer, bytes.byteOffset, heapInfoBytes);
  const [arena, size] = [Number(view.getBigUint64(0, true)), Number(view.getBigUint64(16, true))];
  const isFirst = arena - at <= maxHeapInfoBytes && arena > at;
  const first = isFirst
    ? { start: arena + minArenaBytes, end: arena + maxArenaBytes }
    : { start: at + heapInfoBytes, end: at + maxHeapInfoBytes };
  return { start: at, end: at + size, first, isMain: false };
}

const minArenaBytes = 2048;
const maxArenaBytes = 2560;
