import type { CgroupLevel, CgroupStat } from '../../model/cgroup.ts';
import { found, type Reading } from '../../model/reading.ts';
import { type Bytes, bytes } from '../../model/units.ts';
import { withFewLines } from '../process/file.ts';
import { type OwnNumbers, optionalSize, parseFlat, type ReadFile, readLimit, readSize, sumOfLists } from './numbers.ts';

/** One level of a v2 tree, in bytes. Its usage is read last, so that own numbers can be read around the stat. */
export function levelV2(path: string, read: ReadFile): Reading<CgroupLevel> {
  const stat = withFewLines(read('memory.stat'), 'memory.stat');
  if (!stat.ok) return stat;
  const limit = readLimit(read, 'memory.max');
  if (!limit.ok) return limit;
  const high = readLimit(read, 'memory.high');
  const usage = readSize(read, 'memory.current');
  if (!usage.ok) return usage;
  return found({ path, usage: usage.value, limit: limit.value, high: high.ok ? high.value : undefined, stat: parseStatV2(stat.value) });
}

/** The group's own numbers beside its level; memory.peak came with Linux 5.19, the swap files are not there without swap. */
export function ownV2(read: ReadFile): Reading<OwnNumbers> {
  const usageBefore = readSize(read, 'memory.current');
  if (!usageBefore.ok) return usageBefore;
  const swapLimit = readLimit(read, 'memory.swap.max');
  return found({
    usageBefore: usageBefore.value,
    peak: optionalSize(read, 'memory.peak'),
    swap: optionalSize(read, 'memory.swap.current'),
    swapLimit: swapLimit.ok ? swapLimit.value : undefined,
    hierarchicalLimit: undefined,
  });
}

/** Pure: memory.stat of v2, by key (cgroup-v2.rst); `kernel`, page tables and vmalloc came between 5.11 and 5.18, zswap with 5.19. */
export function parseStatV2(text: string): CgroupStat {
  const numbers = parseFlat(text);
  const of = (key: string): Bytes | undefined => {
    const number = numbers.get(key);
    return number === undefined ? undefined : bytes(number);
  };
  const tables = of('pagetables');
  return {
    anon: of('anon'),
    file: of('file'),
    shmem: of('shmem'),
    kernel: of('kernel'),
    kernelStack: of('kernel_stack'),
    pageTables: tables === undefined ? undefined : bytes(tables + (of('sec_pagetables') ?? 0)),
    percpu: of('percpu'),
    vmalloc: of('vmalloc'),
    slabReclaimable: of('slab_reclaimable'),
    slabUnreclaimable: of('slab_unreclaimable'),
    zswap: of('zswap'),
    sock: of('sock'),
    hugetlb: of('hugetlb'),
    dirty: of('file_dirty'),
    writeback: of('file_writeback'),
    swapCached: of('swapcached'),
    activeFile: of('active_file'),
    inactiveFile: of('inactive_file'),
    activeAnon: of('active_anon'),
    inactiveAnon: of('inactive_anon'),
    unevictable: of('unevictable'),
    anonHuge: of('anon_thp'),
    mappedFile: of('file_mapped'),
    refaultedFile: numbers.get('workingset_refault_file'),
    majorFaults: numbers.get('pgmajfault'),
    lists: sumOfLists(numbers, ''),
  };
}
