import { goRuntime } from '../../model/go-layouts.ts';

/** The sizes that Go's and glibc's memory comes in on 64-bit Linux, as the rules call them. */
export const mebibyte = 1024 * 1024;

/** What the heap is reserved in, what it becomes usable in, and the table of its blocks, which MemStats does not count. */
export const { heapArenaBytes: goArena, pallocChunkBytes: goStep, arenaIndexBytes: goArenaIndex } = goRuntime;

/** Of a mapping that is longer than the arena index, what is joined with it at most: 1 MiB from Go 1.24 on. */
export const beyondArenaIndex = 2 * mebibyte;

/** HEAP_MAX_SIZE of glibc's malloc/arena.c: a thread's arena is reserved in blocks of it, each at a multiple of it. */
export const mallocArena = 64 * mebibyte;

/** Below this, memory that the identities call foreign is the rounding of Go's own requests to pages: 1 to 33 KiB in eighteen programs. */
export const rounding = 128 * 1024;
