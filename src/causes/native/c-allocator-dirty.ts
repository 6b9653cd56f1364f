import { found } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size } from '../engine/cause.ts';

const allocators = [
  { name: 'jemalloc', next: 'MALLOC_CONF=background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0' },
  { name: 'tcmalloc', next: 'TCMALLOC_RELEASE_RATE=10' },
  { name: 'mimalloc', next: 'MIMALLOC_PURGE_DELAY=0' },
] as const;

const inUse = "what is in use no setting of an allocator gives back: the library's own cache size, or a Close or C.free that is missing";

/** An allocator other than libc's keeps what was freed for some time (cockroach#17013, jemalloc#956). Linked statically it is hidden. */
export const cAllocatorDirty: Cause = {
  name: 'c_allocator_dirty',
  title: 'held by an allocator other than libc',
  claims: ['rss:native_mmap', 'rss:c_malloc'],
  judge({ ledger: { mapped } }) {
    if (!mapped.ok) return mapped;
    const { components, total, libraries } = mapped.value.value;
    const held = bytes((components.native_mmap ?? 0) + (components.c_malloc ?? 0));
    const allocator = allocators.find(({ name }) => libraries.some((library) => library.startsWith(`lib${name}`)));
    if (allocator === undefined || !isLarge(held, total)) return inactive;
    const { name, next } = allocator;
    return found({
      bytes: held,
      evidence: [size('native memory', held, `smaps, with lib${name} mapped`)],
      summary: `${name} holds ${formatBytes(held)}: in use, or freed and not given back yet.`,
      next: `what was freed: ${next}\n${inUse}`,
    });
  },
};
