import { type AddressRange, firstEndingAfter, sizeOf } from '../../../model/address-range.ts';
import type { Mapping } from '../../../model/mapping.ts';
import { mebibyte } from '../../../model/units.ts';
import { beyondArenaIndex, goArenaIndex, hasFlag, isAnonymous, isInaccessible, isReadWrite, isSea, type MemoryLayout } from '../layout.ts';
import { findArenaRuns, mmapArea } from './arena-runs.ts';

const maxGuardPages = 2; // pages: glibc takes one, musl two
const maxMarkedGuardBytes = 128 * 1024; // pthread_attr_setguardsize(3); reserved by Go are 256 KiB and more
const stackBytesWithoutLimit = 2 * 1024 * 1024; // ARCH_STACK_DEFAULT_SIZE of glibc, where RLIMIT_STACK is unlimited
const maxCachedBytes = 40 * mebibyte; // stacks of threads that have ended, which glibc keeps (stack_cache_maxsize of nptl/allocatestack.c)
const maxStartedThreads = 4; // threads between the reading of their number and the walk
const maxGuardBytes = 64 * 1024; // glibc takes it from the stack's size or adds it, by its release

/**
 * Stacks of threads that C made (pthread_create(3)): anonymous, rw, a guard right before. MAP_STACK sets `nh` from about Linux 6.7 on guard
 * and stack alike; where the walk shows such a guard, one without it belongs to somebody else (a program's own guarded buffers look the
 * same); before, the number of threads tells how many there can be. The kernel joins neighbors of equal flags: Go's 32 MiB arena index
 * right above an 8 MiB stack made one mapping of 40 MiB (1.22 to 1.27, every cgo lab), so the stack ends RLIMIT_STACK above its guard at
 * the latest; a longer one with less room than an index takes, or more, is a larger stack (64 MiB of pthread_attr_setstacksize(3), touched
 * at their upper end).
 */
export function claimThreadStacks(layout: MemoryLayout, stackLimit: number | undefined, threads?: number): void {
  const { mappings } = layout;
  const pageSize = smallestPage(mappings);
  const marked = mappings.some((mapping) => isGuard(mapping, pageSize) && hasFlag(mapping, 'nh'));
  const limit = stackLimit === undefined || stackLimit === 0 ? stackBytesWithoutLimit : stackLimit;
  const heap = mayBeHeap(layout);
  const found: Stack[] = [];
  for (const [index, mapping] of mappings.entries()) {
    if ((heap[firstEndingAfter(heap, mapping.start)]?.start ?? mapping.end) < mapping.end) continue;
    if (!layout.isFree(index) || !isAnonymous(mapping, 'nameless') || !isReadWrite(mapping)) continue;
    if (hasGuardInside(mapping)) {
      const end = isBelowSea(mappings, index) ? endOfStacks(mapping, limit) : mapping.end;
      layout.claim(index, { owner: 'thread_stacks', rule: 'thread-stack' }, { start: mapping.start, end });
      continue;
    }
    const guard = mappings[index - 1];
    if (guard === undefined || guard.end !== mapping.start) continue;
    if (marked ? !(isMarkedGuard(guard) && hasFlag(mapping, 'nh')) : !isGuard(guard, pageSize)) continue;
    const beyond = sizeOf(mapping) - limit;
    const hasIndex = beyond >= goArenaIndex && beyond <= goArenaIndex + beyondArenaIndex;
    const isJoined = beyond > 0 && (!marked || hasIndex || isBelowSea(mappings, index));
    found.push({ index, range: isJoined ? { start: mapping.start, end: mapping.start + limit } : mapping });
  }
  const explained = marked || threads === undefined ? { sure: found, doubtful: [] } : stacksOf(found, threads, limit);
  for (const { index, range } of explained.sure) layout.claim(index, { owner: 'thread_stacks', rule: 'thread-stack' }, range);
  for (const { index, range } of explained.doubtful) {
    layout.claim(index, { owner: 'thread_stacks', rule: 'thread-stack', doubtful: true }, range);
  }
}

/**
 * Blocks that may be Go's heap, which is asked for by address, while the kernel places stacks: where it places anything up there, none of
 * those lie down here. GODEBUG=harddecommit=1 leaves holes of a page or two in the heap, and up to Go 1.20 released heap has `nh`
 * (MADV_NOHUGEPAGE): what lies above such a hole looked like a stack, and a heap in pieces was taken for another process's (Go 1.19 with
 * cgo, at most looks).
 */
function mayBeHeap(layout: MemoryLayout): readonly AddressRange[] {
  const isTopDown = layout.mappings.some(({ start, path }) => start >= mmapArea && !path.startsWith('['));
  return isTopDown ? findArenaRuns(layout).filter((run) => !run.isHigh) : [];
}

/**
 * glibc 2.42 makes a stack's lowest page a guard with MADV_GUARD_INSTALL (Linux 6.13) instead of mapping one: neighboring stacks are one
 * mapping then. VmFlags says `gu` of a mapping with such pages (seen on 6.18, of a program that does the same; no glibc 2.42 was at hand),
 * and MAP_STACK says `nh`. A kernel that has such guards and does not print `gu` leaves these stacks to the identities: they count as
 * foreign memory.
 */
function hasGuardInside(mapping: Mapping): boolean {
  return hasFlag(mapping, 'gu') && hasFlag(mapping, 'nh');
}

/** Of a mapping that ends with Go's arena index: whole stacks as long as there is room for it. */
function endOfStacks({ start, end }: Mapping, limit: number): number {
  return Math.min(end, start + Math.max(1, Math.floor((end - start - goArenaIndex) / limit)) * limit);
}

function isGuard(mapping: Mapping, pageSize: number): boolean {
  return isAnonymous(mapping, 'nameless') && isInaccessible(mapping) && sizeOf(mapping) <= maxGuardPages * pageSize;
}

function isMarkedGuard(mapping: Mapping): boolean {
  return isAnonymous(mapping, 'nameless') && isInaccessible(mapping) && hasFlag(mapping, 'nh') && sizeOf(mapping) <= maxMarkedGuardBytes;
}

function isBelowSea(mappings: readonly Mapping[], index: number): boolean {
  const above = mappings[index + 1];
  return above !== undefined && above.start === mappings[index]?.end && isSea(above);
}

/** 4, 16 or 64 KiB: the largest that every mapping's start is a multiple of. */
function smallestPage(mappings: readonly Mapping[]): number {
  for (const size of [65_536, 16_384]) if (mappings.every(({ start }) => start % size === 0)) return size;
  return 4096;
}

/** What looks like a thread's stack, and in which mapping. */
interface Stack {
  readonly index: number;
  readonly range: AddressRange;
}

/**
 * Which of them are stacks, by how many threads there are, for kernels that mark none (before 6.7): all, where threads and glibc's cache
 * explain them. Else somebody has guarded buffers among them: RLIMIT_STACK above the guard is a stack's usual size; of the other ones no
 * more than there are threads left can be stacks, and nothing tells which: in doubt. What is beyond belongs to the rest. (500 buffers of
 * 256 KiB, with `nh` taken out: 125 MiB were called stacks.)
 */
function stacksOf(found: readonly Stack[], threads: number, limit: number): { sure: readonly Stack[]; doubtful: readonly Stack[] } {
  const maxStacks = Math.max(0, threads - 1) + maxStartedThreads; // the first thread's is called [stack]
  const isUsual = ({ range }: Stack) => Math.abs(sizeOf(range) - limit) <= maxGuardBytes;
  const usual = found.filter(isUsual);
  const others = found.filter((stack) => !isUsual(stack)).sort((a, b) => sizeOf(b.range) - sizeOf(a.range));
  const all = [...usual, ...others];
  if (sizesOfStacks(all.slice(maxStacks)) <= maxCachedBytes) return { sure: all, doubtful: [] };
  const cached = Math.floor(maxCachedBytes / limit);
  const sure = usual.slice(0, maxStacks + cached);
  return { sure, doubtful: [...usual.slice(sure.length), ...others.slice(0, Math.max(0, maxStacks - usual.length))] };
}

function sizesOfStacks(stacks: readonly Stack[]): number {
  return stacks.reduce((sum, { range }) => sum + sizeOf(range), 0);
}
