import { hasFlag, isAnonymous, isInaccessible, isReadWrite, type Layout } from './layout.ts';
import { mallocArena } from './sizes.ts';

const mostJoined = 16; // full blocks that the kernel joined; a larger mapping is a reservation of another kind (a sanitizer's shadow has TiB)

/**
 * glibc's thread arenas (new_heap in malloc/arena.c): blocks of 64 MiB, each at a multiple of it, reserved with MAP_NORESERVE (VmFlags `nr`) and made
 * usable from their start on. Five to nine of them in each cgo program measured, 132 KiB usable in a fresh one. Without a reserved tail they
 * look like a MAP_NORESERVE mapping of somebody else's: doubtful, unless a walk before saw the tail (`seen`). Where overcommit is off
 * (vm.overcommit_memory=2) the kernel drops the flag, and they count as foreign memory.
 */
export function claimMallocArenas(layout: Layout, seen: readonly number[]): void {
  const { mappings } = layout;
  for (const [first, head] of mappings.entries()) {
    if (head.start % mallocArena !== 0 || !isReadWrite(head) || !isPart(layout, first)) continue;
    const end = Math.ceil(head.end / mallocArena) * mallocArena;
    if (end - head.start > mostJoined * mallocArena) continue;
    let behind = first + 1;
    while ((mappings[behind]?.start ?? end) < end && mappings[behind]?.start === mappings[behind - 1]?.end && isPart(layout, behind))
      behind += 1;
    if ((mappings[behind - 1]?.end ?? 0) < end) continue;
    const isFull = mappings.slice(first, behind).every(isReadWrite);
    const doubtful = isFull && !seen.includes(head.start) ? { doubtful: true } : {};
    for (let index = first; index < behind; index += 1) {
      layout.claim(index, { owner: 'c_malloc', rule: 'malloc-arena', ...doubtful }, { start: head.start, end });
    }
  }
}

function isPart(layout: Layout, index: number): boolean {
  const mapping = layout.mappings[index];
  if (mapping === undefined || !layout.isFree(index) || !isAnonymous(mapping, 'nameless') || !hasFlag(mapping, 'nr')) return false;
  return isReadWrite(mapping) || isInaccessible(mapping);
}
