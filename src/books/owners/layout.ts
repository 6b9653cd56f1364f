import { type AddressRange, firstEndingAfter, sizeOf } from '../../model/address-range.ts';
import { goRuntime } from '../../model/go-layouts.ts';
import type { Mapping } from '../../model/mapping.ts';
import { mebibyte } from '../../model/units.ts';
import type { Claim } from './component.ts';

/** The mappings by address, and whose each of them is as far as the rules have come. */
export interface MemoryLayout {
  readonly mappings: readonly Mapping[];
  /** The claims on the mapping at `index`, by address, none of them overlapping. */
  claims(index: number): readonly Claim[];
  /** Claims a whole mapping, or the part of it inside of `range`, unless a rule before has claimed some of that. */
  claim(index: number, claim: Omit<Claim, keyof AddressRange>, range?: AddressRange): void;
  isFree(index: number): boolean;
}

const none: readonly Claim[] = [];

/**
 * A layout in which nothing is claimed. Mappings that overlap the one before come from a torn read, and are kept: the total has their Rss.
 */
export function createMemoryLayout(unsorted: readonly Mapping[]): MemoryLayout {
  const mappings = [...unsorted].sort((a, b) => a.start - b.start);
  const claimed: Array<Claim[] | undefined> = mappings.map(() => undefined);

  // called some times for each of up to 20 000 mappings: it makes nothing but the claim
  function claim(index: number, { owner, rule, doubtful }: Omit<Claim, keyof AddressRange>, range?: AddressRange): void {
    const mapping = mappings[index];
    if (mapping === undefined) return;
    const start = range === undefined ? mapping.start : Math.max(mapping.start, range.start);
    const end = range === undefined ? mapping.end : Math.min(mapping.end, range.end);
    if (start >= end) return;
    const before = claimed[index];
    const one = doubtful === undefined ? { start, end, owner, rule } : { start, end, owner, rule, doubtful };
    if (before === undefined) {
      claimed[index] = [one];
      return;
    }
    const at = firstEndingAfter(before, start);
    const next = before[at];
    if (next === undefined) before.push(one);
    else if (next.start >= end) before.splice(at, 0, one);
  }

  return { mappings, claims: (index) => claimed[index] ?? none, claim, isFree: (index) => claimed[index] === undefined };
}

/** The parts of a mapping that no rule has claimed; the claims are by address. */
export function unclaimed(mapping: AddressRange, claims: readonly Claim[]): readonly AddressRange[] {
  if (claims.length === 0) return [mapping];
  const parts: AddressRange[] = [];
  let from = mapping.start;
  for (const claim of claims) {
    if (claim.start > from) parts.push({ start: from, end: claim.start });
    from = Math.max(from, claim.end);
  }
  if (from < mapping.end) parts.push({ start: from, end: mapping.end });
  return parts;
}

/** Private memory without a file behind it. With `named`, also where the kernel prints a name for it (`[anon: ...]`). */
export function isAnonymous({ path, inode, permissions }: Mapping, named: 'named' | 'nameless'): boolean {
  if (inode !== 0 || permissions[3] !== 'p') return false;
  return path === '' || (named === 'named' && path.startsWith('[anon:'));
}

export function isReadWrite({ permissions }: Mapping): boolean {
  return permissions.startsWith('rw-');
}

/** May be executed: of anonymous memory, code that was made at run time. */
export function isCode({ permissions }: Mapping): boolean {
  return permissions[2] === 'x';
}

/** Reserved, or a guard: nobody may touch it. */
export function isInaccessible({ permissions }: Mapping): boolean {
  return permissions.startsWith('---');
}

/** Whether VmFlags has the two-letter word. Kernels before 3.8 print none. */
export function hasFlag({ flags }: Mapping, flag: string): boolean {
  for (let at = flags.indexOf(flag); at >= 0; at = flags.indexOf(flag, at + 1)) {
    if (at % 3 === 0) return true;
  }
  return false;
}

/** A sea: address space that Go reserved for its page summaries and uses a page or so of; 492 KiB was the smallest seen (Go 1.27). */
export function isSea(mapping: Mapping): boolean {
  return isAnonymous(mapping, 'named') && isInaccessible(mapping) && !hasFlag(mapping, 'nr') && sizeOf(mapping) >= minSeaBytes;
}

const minSeaBytes = 256 * 1024;

/** What the heap is reserved in, what it becomes usable in, and the table of its blocks, which MemStats does not count. */
export const { heapArenaBytes: goArena, pallocChunkBytes: goStep, arenaIndexBytes: goArenaIndex } = goRuntime;

/** Of a mapping that is longer than the arena index, what is joined with it at most: 1 MiB from Go 1.24 on. */
export const beyondArenaIndex = 2 * mebibyte;

/** HEAP_MAX_SIZE of glibc's malloc/arena.c: a thread's arena is reserved in blocks of it, each at a multiple of it. */
export const mallocArena = 64 * mebibyte;

/** Below this, memory that the identities call foreign is the rounding of Go's own requests to pages: 1 to 33 KiB in eighteen programs. */
export const rounding = 128 * 1024;
