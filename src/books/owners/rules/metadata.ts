import { type AddressRange, overlap, sizeOf } from '../../../model/address-range.ts';
import { goLayouts, parseGoVersion } from '../../../model/go-layouts.ts';
import type { Mapping } from '../../../model/mapping.ts';
import { mebibyte } from '../../../model/units.ts';
import { beyondArenaIndex, goArenaIndex, isAnonymous, isReadWrite, isSea, type MemoryLayout, unclaimed } from '../layout.ts';
import { mmapArea } from './arena-runs.ts';

const minIslands = 3; // Go maps five levels of page summaries and an index of what to scavenge: four or five of them stood apart everywhere
const maxIslandBytes = 4 * mebibyte; // the lowest summary of 2 TiB of heap
const maxNeighborBytes = 2 * mebibyte; // 1.4 MiB, the profiler's hash table, was the largest
const maxNeighborsBytes = 8 * mebibyte; // together; 5.6 MiB in Go 1.19

/**
 * What is Go's metadata by its place (rule 7 of docs/how-it-works.md#who-owns-a-byte-of-rss). The kernel puts a new mapping below all
 * others, or into the highest gap that is large enough (mmap(2) top-down, not where RLIMIT_STACK is unlimited): what lies above the lowest
 * island is from the runtime's start, and so is what lies between the lowest sea and the arena index. Seen with Go 1.19, 1.22, 1.24, 1.25,
 * 1.26 and 1.27.
 */
export function claimMetadata(layout: MemoryLayout, isTopDown: boolean, goVersion: string | undefined): void {
  const islands = findIslands(layout);
  const [lowest] = islands;
  if (lowest === undefined || islands.length < minIslands) return;
  for (const index of islands) layout.claim(index, { owner: 'go_metadata', rule: 'island' });
  if (!isTopDown) return;
  claimForeign(layout, lowest);
  claimAbove(layout, lowest);
  claimIndex(layout, lowest - 1, firstArenaOf(goVersion));
}

function findIslands(layout: MemoryLayout): readonly number[] {
  const { mappings } = layout;
  const found: number[] = [];
  for (const [index, mapping] of mappings.entries()) {
    const [before, after] = [mappings[index - 1], mappings[index + 1]];
    if (before === undefined || after === undefined || before.end !== mapping.start || mapping.end !== after.start) continue;
    if (!isFreeMemory(layout, index) || sizeOf(mapping) > maxIslandBytes || !isSea(before) || !isSea(after)) continue;
    if (!layout.isFree(index - 1) || !layout.isFree(index + 1)) continue; // reserved heap
    found.push(index);
  }
  return found;
}

function claimAbove(layout: MemoryLayout, lowest: number): void {
  let sum = 0;
  for (let index = lowest + 1; index < layout.mappings.length; index += 1) {
    const mapping = layout.mappings[index];
    if (mapping === undefined || !isNeighbor(layout, index, mapping) || sizeOf(mapping) > maxNeighborBytes) continue;
    sum += sizeOf(mapping);
    if (sum > maxNeighborsBytes) return;
    for (const part of unclaimed(mapping, layout.claims(index))) layout.claim(index, { owner: 'go_metadata', rule: 'near-islands' }, part);
  }
}

/**
 * Only what touches the mapping below it: a hole there is open to anybody (a program's own mapping of 256 KiB was found in one, once in
 * forty), and what is put into it is joined with what lies above.
 */
function isNeighbor(layout: MemoryLayout, index: number, mapping: Mapping): boolean {
  if (layout.mappings[index - 1]?.end !== mapping.start || !isAnonymous(mapping, 'nameless') || !isReadWrite(mapping)) return false;
  return layout.claims(index).every(({ rule }) => rule === 'runtime-says');
}

/**
 * The runtime asks for an address for its heap alone; all else it lets the kernel place. Where that is high up, writable memory far below
 * is nobody's of Go's (the arenas are claimed before).
 */
function claimForeign(layout: MemoryLayout, lowest: number): void {
  if ((layout.mappings[lowest]?.start ?? 0) < mmapArea) return;
  for (const [index, mapping] of layout.mappings.entries()) {
    if (mapping.end > mmapArea) return;
    if (!isAnonymous(mapping, 'nameless') || !isReadWrite(mapping)) continue;
    // in parts, for the kernel joins it with an arena that it touches
    for (const part of unclaimed(mapping, layout.claims(index))) {
      layout.claim(index, { owner: 'native_mmap', rule: 'outside-mmap-area' }, part);
    }
  }
}

/**
 * From the sea downward, as long as the mappings touch. Of a longer mapping the upper end is the index, and below it what the runtime keeps
 * of the first arena, which it maps right after it (sysAlloc of malloc.go); what came later lies below.
 */
function claimIndex(layout: MemoryLayout, sea: number, firstArena: number): void {
  const passed: Array<{ readonly index: number; readonly part: AddressRange }> = [];
  let sum = 0;
  for (let index = sea - 1; index >= 0; index -= 1) {
    const mapping = layout.mappings[index];
    if (mapping === undefined || mapping.end !== layout.mappings[index + 1]?.start) return;
    if (!isAnonymous(mapping, 'named') || !isReadWrite(mapping)) return;
    const part = unclaimed(mapping, layout.claims(index)).at(-1);
    if (part === undefined || part.end !== mapping.end) return;
    if (sizeOf(part) >= goArenaIndex) {
      const isAlone = sizeOf(part) <= goArenaIndex + beyondArenaIndex;
      passed.push({ index, part: isAlone ? part : { start: Math.max(part.start, part.end - goArenaIndex - firstArena), end: part.end } });
      for (const { index: at, part: range } of passed) layout.claim(at, { owner: 'go_metadata', rule: 'index' }, range);
      return;
    }
    sum += sizeOf(part);
    if (sum > maxNeighborsBytes || part.start !== mapping.start) return;
    passed.push({ index, part });
  }
}

/** What the runtime keeps of the first arena where it is large enough to matter: with two bits for each word of it, up to Go 1.19. */
function firstArenaOf(goVersion: string | undefined): number {
  const [oldest] = goLayouts;
  const version = goVersion === undefined ? undefined : parseGoVersion(goVersion);
  return oldest === undefined || version === undefined || version.minor > oldest.minor ? 0 : Math.ceil(oldest.heapArena / 4096) * 4096;
}

function isFreeMemory(layout: MemoryLayout, index: number): boolean {
  const mapping = layout.mappings[index];
  return mapping !== undefined && layout.isFree(index) && isAnonymous(mapping, 'nameless') && isReadWrite(mapping);
}

/**
 * What a walk before has shown to be Go's is so still: the runtime never unmaps its metadata (sysFree is for trace buffers alone). This is
 * what tells foreign memory from metadata that the kernel has joined with it.
 */
export function claimSeenBefore(layout: MemoryLayout, known: readonly AddressRange[]): void {
  if (known.length === 0) return;
  let from = 0; // both are by address
  for (const [index, mapping] of layout.mappings.entries()) {
    while ((known[from]?.end ?? Number.POSITIVE_INFINITY) <= mapping.start) from += 1;
    if (!isAnonymous(mapping, 'nameless') || !isReadWrite(mapping)) continue;
    for (const part of unclaimed(mapping, layout.claims(index))) {
      for (let at = from; (known[at]?.start ?? part.end) < part.end; at += 1) {
        const before = known[at];
        const range = before === undefined ? undefined : overlap(before, part);
        if (range !== undefined) layout.claim(index, { owner: 'go_metadata', rule: 'seen-before' }, range);
      }
    }
  }
}
