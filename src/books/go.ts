import type { GoComponent } from '../model/components/go.ts';
import type { MemStats } from '../model/go.ts';
import { found, type Reading } from '../model/reading.ts';
import { type Bytes, bytes } from '../model/units.ts';
import { type Book, balance } from './balance.ts';

/** The Go runtime's own accounts as a partition of `Sys`, and the figures that follow from them. */
export interface GoBook extends Book<GoComponent> {
  /** What it was made of. */
  readonly memstats: MemStats;
  /** Sys - HeapReleased: what the runtime believes it occupies; what GOMEMLIMIT governs. */
  readonly used: Bytes;
  /** HeapIdle - HeapReleased: idle heap kept for reuse. */
  readonly reserved: Bytes;
  /** HeapReleased: given back to the kernel, or never touched. */
  readonly released: Bytes;
  /** HeapInuse - HeapAlloc: free slots and tails of spans in use; an upper bound. */
  readonly fragmentation: Bytes;
  /** NextGC - HeapAlloc: what may be allocated before the next cycle; absent when the GC is off. */
  readonly nextGcHeadroom: Bytes | undefined;
  /** What the runtime occupies besides heap and stacks, GC work buffers included; its residency is unknown (10 to 79 % were measured). */
  readonly metadata: Bytes;
}

/** The Go book (docs/how-it-works.md#the-go-book). */
export function goBook(memstats: MemStats): Reading<GoBook> {
  const m = memstats;
  const book = balance<GoComponent>('Go', m.sys, {
    heap_released: m.heapReleased,
    heap_reserved: bytes(m.heapIdle - m.heapReleased),
    stacks: m.stackSys, // not StackInuse: free stack spans beyond it belong to the heap
    mspan: m.mspanSys,
    mcache: m.mcacheSys,
    profiling_buckets: m.buckHashSys,
    gc_metadata: m.gcSys,
    other: m.otherSys,
    heap_fragmentation: bytes(m.heapInuse - m.heapAlloc),
    heap_live: m.heapAlloc,
  });
  if (!book.ok) return book;
  return found({
    ...book.value,
    memstats,
    used: bytes(m.sys - m.heapReleased),
    reserved: bytes(m.heapIdle - m.heapReleased),
    released: m.heapReleased,
    fragmentation: bytes(m.heapInuse - m.heapAlloc),
    nextGcHeadroom: m.nextGc === undefined ? undefined : bytes(m.nextGc - m.heapAlloc),
    metadata: bytes(m.sys - m.heapSys - m.stackInuse),
  });
}
