import { type AddressRange, overlap, sizesOf } from '../../../model/address-range.ts';
import type { MallocChunks } from '../../../model/mapping.ts';
import { mebibyte } from '../../../model/units.ts';
import { hasFlag, isAnonymous, isInaccessible, isReadWrite, type MemoryLayout, mallocArena } from '../layout.ts';

// full blocks that the kernel joined; a larger mapping is a reservation of another kind (a sanitizer's shadow has TiB)
const maxJoinedBlocks = 16;

const maxFreshBytes = mebibyte; // of usable bytes: an arena begins with 132 KiB and grows from there

/**
 * glibc's thread arenas (new_heap in malloc/arena.c): blocks of 64 MiB, each at a multiple of it, reserved with MAP_NORESERVE (VmFlags
 * `nr`) and made usable from their start on. Five to nine of them in each cgo program measured, 132 KiB usable in a fresh one. Without a
 * reserved tail of its own a block looks like a MAP_NORESERVE mapping of somebody else's, which the kernel places right below a block, and
 * joins with it; with one it may be a pool that somebody else has reserved and filled in part (3 x 40 MiB were). Doubtful, unless a walk
 * before saw it begin (`seen`), or its head in the target's memory says so. Where overcommit is off (vm.overcommit_memory=2) the kernel
 * drops the flag, and they count as foreign memory.
 */
export function claimMallocArenas(layout: MemoryLayout, chunks: MallocChunks | undefined, seen: readonly number[]): void {
  const { mappings } = layout;
  const known = new Set([...seen, ...(chunks?.heaps ?? [])]);
  const others = new Set(chunks?.others);
  for (const [first, head] of mappings.entries()) {
    if (head.start % mallocArena !== 0 || !isReadWrite(head) || !isPart(layout, first)) continue;
    const end = Math.ceil(head.end / mallocArena) * mallocArena;
    if (end - head.start > maxJoinedBlocks * mallocArena) continue;
    let behind = first + 1;
    while ((mappings[behind]?.start ?? end) < end && mappings[behind]?.start === mappings[behind - 1]?.end && isPart(layout, behind))
      behind += 1;
    if ((mappings[behind - 1]?.end ?? 0) < end) continue;
    for (let start = head.start; start < end; start += mallocArena) {
      const block = { start, end: start + mallocArena };
      const hasTail = mappings.slice(first, behind).some((part) => isInaccessible(part) && overlap(part, block) !== undefined);
      const usable = mappings.slice(first, behind).reduce((sum, part) => sum + (isReadWrite(part) ? sizesOf(within(part, block)) : 0), 0);
      const claim = claimOf(start, hasTail && usable <= maxFreshBytes);
      for (let index = first; index < behind; index += 1) layout.claim(index, claim, block);
    }
  }

  function claimOf(start: number, isFresh: boolean) {
    if (others.has(start)) return { owner: 'native_mmap', rule: 'no-reserve' } as const;
    const isKnown = isFresh || known.has(start);
    return { owner: 'c_malloc', rule: 'malloc-arena', ...(isKnown ? {} : { doubtful: true }) } as const;
  }
}

function within(part: AddressRange, block: AddressRange): readonly AddressRange[] {
  const both = overlap(part, block);
  return both === undefined ? [] : [both];
}

function isPart(layout: MemoryLayout, index: number): boolean {
  const mapping = layout.mappings[index];
  if (mapping === undefined || !layout.isFree(index) || !isAnonymous(mapping, 'nameless') || !hasFlag(mapping, 'nr')) return false;
  return isReadWrite(mapping) || isInaccessible(mapping);
}
