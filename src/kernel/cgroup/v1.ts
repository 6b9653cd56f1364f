import type { CgroupLevel, CgroupStat } from '../../model/cgroup.ts';
import { found, known, type Reading } from '../../model/reading.ts';
import { type Bytes, bytes } from '../../model/units.ts';
import { withFewLines } from '../process/file.ts';
import { type OwnNumbers, optionalSize, parseFlat, type ReadFile, readFlat, readLimit, readSize, sumOfLists } from './numbers.ts';

/** One level of a v1 tree, in bytes (cgroup-v1/memory.rst). Kernel memory stands in a file of its own, and there is no memory.high. */
export function levelV1(path: string, read: ReadFile): Reading<CgroupLevel> {
  const stat = withFewLines(read('memory.stat'), 'memory.stat');
  if (!stat.ok) return stat;
  const limit = readLimit(read, 'memory.limit_in_bytes');
  if (!limit.ok) return limit;
  const kernel = optionalSize(read, 'memory.kmem.usage_in_bytes');
  const usage = readSize(read, 'memory.usage_in_bytes');
  if (!usage.ok) return usage;
  return found({ path, usage: usage.value, limit: limit.value, high: undefined, stat: parseStatV1(stat.value, kernel) });
}

/** The group's own numbers beside its level. `memsw` counts memory and swap together, and is there with swap accounting only. */
export function ownV1(read: ReadFile): Reading<OwnNumbers> {
  const usageBefore = readSize(read, 'memory.usage_in_bytes');
  if (!usageBefore.ok) return usageBefore;
  const stat = known(readFlat(read, 'memory.stat')) ?? new Map<string, number>();
  const both = optionalSize(read, 'memory.memsw.usage_in_bytes');
  const limit = known(readLimit(read, 'memory.limit_in_bytes'));
  const bothLimit = known(readLimit(read, 'memory.memsw.limit_in_bytes'));
  return found({
    usageBefore: usageBefore.value,
    peak: optionalSize(read, 'memory.max_usage_in_bytes'),
    swap: sizeOf(stat, 'total_swap') ?? (both === undefined ? undefined : bytes(Math.max(0, both - usageBefore.value))),
    swapLimit: limit === undefined || bothLimit === undefined ? undefined : bytes(Math.max(0, bothLimit - limit)),
    hierarchicalLimit: sizeOf(stat, 'hierarchical_memory_limit'),
  });
}

/** Pure: memory.stat of v1, by key. The `total_` numbers include the child groups, as the usage does. */
export function parseStatV1(text: string, kernel: Bytes | undefined): CgroupStat {
  const numbers = parseFlat(text);
  return {
    anon: sizeOf(numbers, 'total_rss'),
    file: sizeOf(numbers, 'total_cache'),
    shmem: sizeOf(numbers, 'total_shmem'),
    kernel,
    kernelStack: undefined,
    pageTables: undefined,
    percpu: undefined,
    vmalloc: undefined,
    slabReclaimable: undefined,
    slabUnreclaimable: undefined,
    zswap: undefined,
    sock: undefined, // TCP memory is outside of the usage on v1
    hugetlb: undefined,
    dirty: sizeOf(numbers, 'total_dirty'),
    writeback: sizeOf(numbers, 'total_writeback'),
    swapCached: sizeOf(numbers, 'total_swapcached'),
    activeFile: sizeOf(numbers, 'total_active_file'),
    inactiveFile: sizeOf(numbers, 'total_inactive_file'),
    activeAnon: sizeOf(numbers, 'total_active_anon'),
    inactiveAnon: sizeOf(numbers, 'total_inactive_anon'),
    unevictable: sizeOf(numbers, 'total_unevictable'),
    anonHuge: sizeOf(numbers, 'total_rss_huge'),
    mappedFile: sizeOf(numbers, 'total_mapped_file'),
    refaultedFile: numbers.get('total_workingset_refault_file'),
    majorFaults: numbers.get('total_pgmajfault'),
    lists: sumOfLists(numbers, 'total_'),
  };
}

function sizeOf(numbers: ReadonlyMap<string, number>, key: string): Bytes | undefined {
  const number = numbers.get(key);
  return number === undefined ? undefined : bytes(number);
}
