import { type AddressRange, overlap, sizesOf, wholeBlocks } from '../../../model/address-range.ts';
import { goRuntime } from '../../../model/go-layouts.ts';
import type { Mapping } from '../../../model/mapping.ts';
import { goArena, goStep, hasFlag, isAnonymous, isInaccessible, isReadWrite, type MemoryLayout } from '../layout.ts';
import { isNamedHeap } from './names.ts';

/** A stretch of whole 64 MiB blocks that may be Go's heap. */
export interface ArenaRun extends AddressRange {
  /** Its usable parts, by address; neighbors are joined. */
  readonly usable: readonly AddressRange[];
  /** Bytes of them: asked for thousands of times, for thousands of parts. */
  readonly size: number;
  /** Reserved bytes between two usable parts: GODEBUG=harddecommit=1 leaves such holes, an arena that only grows has none. */
  readonly holes: number;
  /** Among the mappings that the kernel places: Go goes there only when all its own addresses are taken. */
  readonly isHigh: boolean;
  /** Each part begins and ends at a multiple of 4 MiB, as the heap grows. */
  readonly isStepwise: boolean;
  /** The runtime says so itself. */
  readonly isNamed: boolean;
}

/** Where the kernel places mappings on amd64, if RLIMIT_STACK is not extreme; lower addresses are asked for by name. */
export const mmapArea = 0x70 * 2 ** 40; // from 0x7fff... down; 120 starts of 1.26 and 1.27 on amd64 had heaps below 2^46

/**
 * Go reserves its heap in blocks of 64 MiB, each at a multiple of it, and makes them usable in steps of 4 MiB (sysAlloc of
 * runtime/malloc.go, grow of mheap.go): from 0xc000000000 upward to 1.25, from a random address since, where the first usable part may
 * start in the middle of a block. glibc's arenas (`nr`) have the same blocks and other flags; whatever else has the shape is told apart by
 * the first identity.
 */
export function findArenaRuns(layout: MemoryLayout): readonly ArenaRun[] {
  const runs: ArenaRun[] = [];
  const { mappings } = layout;
  for (let first = 0; first < mappings.length; ) {
    let behind = first + 1;
    if (isPart(layout, first)) {
      while (isPart(layout, behind) && mappings[behind]?.start === mappings[behind - 1]?.end) behind += 1;
      const run = runOf(mappings.slice(first, behind));
      if (run !== undefined) runs.push(run);
    }
    first = behind;
  }
  return runs;
}

function isPart(layout: MemoryLayout, index: number): boolean {
  const mapping = layout.mappings[index];
  if (mapping === undefined || !layout.isFree(index) || hasFlag(mapping, 'nr')) return false;
  return (isAnonymous(mapping, 'nameless') || isNamedHeap(mapping)) && (isReadWrite(mapping) || isInaccessible(mapping));
}

function runOf(mappings: readonly Mapping[]): ArenaRun | undefined {
  const [firstBlock, behindBlock] = wholeBlocks({ start: mappings[0]?.start ?? 0, end: mappings.at(-1)?.end ?? 0 }, goArena);
  if (behindBlock <= firstBlock) return undefined;
  const blocks = { start: firstBlock * goArena, end: behindBlock * goArena };
  return runWithin(mappings, blocks);
}

function runWithin(mappings: readonly Mapping[], blocks: AddressRange): ArenaRun | undefined {
  const usable: AddressRange[] = [];
  let isNamed = false;
  for (const mapping of mappings) {
    const part = isReadWrite(mapping) ? overlap(mapping, blocks) : undefined;
    if (part === undefined) continue;
    isNamed ||= isNamedHeap(mapping);
    const last = usable.at(-1);
    if (last?.end === part.start) usable[usable.length - 1] = { start: last.start, end: part.end };
    else usable.push(part);
  }
  const [head] = usable;
  const tail = usable.at(-1);
  if (head === undefined || tail === undefined) return undefined;
  const size = sizesOf(usable);
  return {
    ...blocks,
    usable,
    size,
    holes: tail.end - head.start - size,
    isHigh: blocks.start >= mmapArea,
    isStepwise: usable.every(({ start, end }) => start % goStep === 0 && end % goStep === 0),
    isNamed,
  };
}

/** Where the heap begins up to Go 1.25, if the address is free: a choice without this run is none. */
export function isHeapStart({ start }: ArenaRun): boolean {
  return start === goRuntime.firstArenaHint;
}

/** Usable bytes of each block of a run. */
export function usableByBlock({ start, end, usable }: ArenaRun): readonly number[] {
  const sizes = Array.from({ length: (end - start) / goArena }, () => 0);
  for (const part of usable) {
    for (let from = part.start; from < part.end; ) {
      const block = Math.floor((from - start) / goArena);
      const to = Math.min(part.end, start + (block + 1) * goArena);
      sizes[block] = (sizes[block] ?? 0) + to - from;
      from = to;
    }
  }
  return sizes;
}
