import type { CgroupStat } from '../model/cgroup.ts';
import type { CgroupComponent, KernelComponent } from '../model/components/cgroup.ts';
import { missing, type Reading } from '../model/reading.ts';
import { type Bytes, bytes } from '../model/units.ts';
import { type Book, balance } from './balance.ts';

/** A group's usage by component, one set for v1 and v2 (docs/how-it-works.md#the-cgroup-book). */
export function cgroupBook(usage: Bytes, stat: CgroupStat): Reading<Book<CgroupComponent>> {
  if (stat.anon === undefined || stat.file === undefined) {
    return missing('unsupported', 'memory.stat has no line for anonymous memory or for the page cache');
  }
  const ofKernel = partsOfKernel(stat);
  return balance<CgroupComponent>('cgroup', usage, {
    anon: stat.anon,
    anon_unmapped: unmapped(stat),
    shmem: stat.shmem,
    file_cache: difference(stat.file, stat.shmem), // shmem lies inside `file`
    ...ofKernel,
    kernel_other: difference(stat.kernel, sumOf(ofKernel)),
    sock: stat.sock, // outside `kernel`: 53.7 MB of it left a residual of 128 pages
    hugetlb: stat.hugetlb,
  });
}

/**
 * Charged and mapped by nobody, so that no key counts it: it is on the LRU lists, which hold nothing else that is neither `anon` nor `file`
 * (docs/how-it-works.md#the-cgroup-book; Documentation/mm/transhuge.rst, "Partial unmap and deferred_folio_split").
 */
function unmapped({ lists, anon, file, swapCached }: CgroupStat): Bytes | undefined {
  if (lists === undefined || anon === undefined || file === undefined || swapCached === undefined) return undefined;
  return bytes(Math.max(0, lists - anon - file - swapCached));
}

/** The lines within `kernel`, each once: the rest is `kernel_other`, which on v1, where none has a line, is all of kmem. */
function partsOfKernel(stat: CgroupStat): Readonly<Record<Exclude<KernelComponent, 'kernel_other'>, Bytes | undefined>> {
  return {
    kernel_stack: stat.kernelStack,
    page_tables: stat.pageTables,
    percpu: stat.percpu,
    vmalloc: stat.vmalloc,
    slab_reclaimable: stat.slabReclaimable,
    slab_unreclaimable: stat.slabUnreclaimable,
    zswap: stat.zswap,
  };
}

function sumOf(parts: Readonly<Record<string, Bytes | undefined>>): Bytes {
  return bytes(Object.values(parts).reduce<number>((sum, part) => sum + (part ?? 0), 0));
}

/** `undefined` where it can't be told: a part is unknown, or the lines were not flushed together and the part exceeds the whole. */
function difference(whole: Bytes | undefined, part: Bytes | undefined): Bytes | undefined {
  return whole === undefined || part === undefined || part > whole ? undefined : bytes(whole - part);
}
