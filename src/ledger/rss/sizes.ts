/** The sizes that Go's and glibc's memory comes in on 64-bit Linux. */
export const mebibyte = 1024 * 1024;

/** heapArenaBytes of runtime/malloc.go: the heap is reserved in blocks of it, each at a multiple of it. */
export const goArena = 64 * mebibyte;

/** logicalPallocChunk of runtime/mpagealloc.go: reserved heap becomes usable in steps of it. */
export const goStep = 4 * mebibyte;

/** The table of arenas (arenaL2Bits of runtime/malloc.go: 2^22 pointers), which MemStats does not count. */
export const goArenaIndex = 32 * mebibyte;

/** HEAP_MAX_SIZE of glibc's malloc/arena.c: a thread's arena is reserved in blocks of it, each at a multiple of it. */
export const mallocArena = 64 * mebibyte;

/** Below this, memory that the identities call foreign is the rounding of Go's own requests to pages: 1 to 33 KiB in eighteen programs. */
export const rounding = 128 * 1024;
