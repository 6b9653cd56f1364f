import type { CgroupComponent } from '../ledger/cgroup-book.ts';
import type { GoComponent } from '../ledger/go-book.ts';
import type { CgroupFigures, Ledger } from '../ledger/ledger.ts';
import { unmappedOf } from '../ledger/unmapped.ts';
import { found, mapReading, type Reading } from '../reading.ts';
import { type Bytes, bytes, formatBytes } from '../units.ts';
import { besideRss } from './beside-rss.ts';
import { owners } from './owners.ts';

/** One line: so many bytes, of what, as told by which file or field. */
export interface Row {
  /** 0 for a book's total, 1 and 2 for what it is made of. */
  readonly depth: 0 | 1 | 2;
  readonly label: string;
  readonly size: Reading<Bytes>;
  readonly source: string;
}

/** One book: its total first, then the parts that add up to it. */
export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** The ledger as a person reads it: from the container's number, through the process, down to the live heap of Go. */
export function waterfall(ledger: Ledger): readonly Section[] {
  return [container(ledger), process(ledger), ...besideRss(ledger), ...owners(ledger), gap(ledger), runtime(ledger)];
}

/** The largest size in a section, which its bars are drawn against; never 0. */
export function widest({ rows }: Section): number {
  return Math.max(1, ...rows.map(({ size }) => (size.ok ? Math.abs(size.value) : 0)));
}

const kernelParts = {
  slab_reclaimable: 'reclaimable slab',
  slab_unreclaimable: 'slab',
  page_tables: 'page tables',
  kernel_stack: 'kernel stacks',
  percpu: 'per-CPU data',
  vmalloc: 'vmalloc',
  zswap: 'zswap',
  kernel_other: 'other',
} satisfies Partial<Record<CgroupComponent, string>>;

function container(ledger: Ledger): Section {
  const { cgroup } = ledger;
  const title = 'Container (cgroup)';
  if (!cgroup.ok) return { title, rows: [{ depth: 0, label: 'usage', size: cgroup, source: 'cgroup' }] };
  const book = cgroup.value;
  const parts = book.components;
  const v2 = book.numbers.version === 2;
  const rows: Row[] = [
    { depth: 0, label: 'usage', size: found(book.total), source: usageSource(book) },
    ...part('page cache', parts.file_cache, v2 ? 'memory.stat file - shmem' : 'memory.stat total_cache - total_shmem'),
    ...part('tmpfs and shared memory', parts.shmem, v2 ? 'memory.stat shmem' : 'memory.stat total_shmem'),
    ...kernelRow(book),
    ...unmappedRow(ledger),
    ...part('socket buffers', parts.sock, 'memory.stat sock'),
    ...part('huge pages (hugetlb)', parts.hugetlb, 'memory.stat hugetlb'),
    {
      depth: 1,
      label: 'unattributed',
      size: found(book.unattributed),
      source: "each CPU's stock of pages, and what this kernel does not tell",
    },
    ...part('anonymous', parts.anon, v2 ? 'memory.stat anon' : 'memory.stat total_rss'),
    ...sharers(parts.anon, ledger),
  ];
  return { title, rows };
}

function unmappedRow(ledger: Ledger): readonly Row[] {
  const unmapped = unmappedOf(ledger);
  if (unmapped === undefined) return [];
  const { size, why, pinned } = unmapped;
  const source = 'memory.stat: all LRU lists - anon - file';
  if (why === 'huge pages') return part('rest of huge pages partly freed', size, source);
  return part(
    'charged, mapped by nobody',
    size,
    why === 'pinned' && pinned !== undefined ? `${source}; VmPin ${formatBytes(pinned)}` : source,
  );
}

/** Whose the group's anonymous memory is, where the target is not alone in it. */
function sharers(anon: Bytes | undefined, { rss, snapshot: { others } }: Ledger): readonly Row[] {
  const own = rss.ok && rss.value.kinds.ok ? rss.value.kinds.value.components.anon : undefined;
  if (anon === undefined || own === undefined || own > anon || !others.ok || others.value.count === 0) return [];
  const { count } = others.value;
  return [
    {
      depth: 2,
      label: `of ${count} other process${count === 1 ? '' : 'es'}`,
      size: found(bytes(anon - own)),
      source: 'anonymous - RssAnon',
    },
    { depth: 2, label: 'of this process', size: found(own), source: 'status RssAnon' },
  ];
}

function usageSource(book: CgroupFigures): string {
  const file = book.numbers.version === 2 ? 'memory.current' : 'memory.usage_in_bytes';
  const limit = book.limit === undefined ? 'no limit seen' : `limit ${formatBytes(book.limit)}`;
  return `${file}, ${limit}${room(book)}`;
}

/** One figure, or where something outside the mappings may hold page cache the two that it lies between. */
function room({ headroom, headroomMost }: CgroupFigures): string {
  if (!headroom.ok) return '';
  const least = formatBytes(headroom.value);
  const most = formatBytes(headroomMost ?? headroom.value);
  return least === most ? `, ${least} before an OOM kill` : `, ${least} to ${most} before an OOM kill`;
}

function kernelRow({ components, numbers }: CgroupFigures): readonly Row[] {
  let sum = 0;
  const named: string[] = [];
  for (const [name, label] of Object.entries(kernelParts)) {
    const size = components[name as keyof typeof kernelParts];
    if (size === undefined) continue;
    sum += size;
    if (size >= 64 * 1024) named.push(`${label} ${formatBytes(size)}`);
  }
  if (!Object.keys(kernelParts).some((name) => name in components)) return []; // not told is not 0
  const source = numbers.version === 1 ? 'memory.kmem.usage_in_bytes' : named.length > 0 ? named.join(', ') : 'memory.stat kernel';
  return [{ depth: 1, label: 'kernel, for the group', size: found(bytes(sum)), source }];
}

function process({ rss }: Ledger): Section {
  const title = 'Process';
  if (!rss.ok) return { title, rows: [{ depth: 0, label: 'RSS', size: rss, source: '/proc/PID/status' }] };
  const { total, source, kinds } = rss.value;
  const rows: Row[] = [
    {
      depth: 0,
      label: 'RSS',
      size: found(total),
      source: source === 'status' ? 'status VmRSS' : "the target's process_resident_memory_bytes",
    },
  ];
  if (!kinds.ok) return { title, rows: [...rows, { depth: 1, label: 'by kind', size: kinds, source: 'status' }] };
  const { file, shmem, anon } = kinds.value.components;
  rows.push(
    ...part('files (executable, mapped files)', file, 'status RssFile'),
    ...part('shared memory', shmem, 'status RssShmem'),
    ...part('anonymous (heap, stacks, C memory)', anon, 'status RssAnon'),
  );
  return { title, rows };
}

function gap({ unexplained, go, rss, anonBeyondGo }: Ledger): Section {
  const title = 'Process against Go';
  if (!unexplained.ok)
    return { title, rows: [{ depth: 0, label: 'unexplained', size: unexplained, source: 'RSS - (Sys - HeapReleased)' }] };
  const rows: Row[] = [{ depth: 0, label: 'unexplained by Go', size: unexplained, source: 'RSS - (Sys - HeapReleased)' }];
  if (anonBeyondGo.ok && go.ok && rss.ok && rss.value.kinds.ok) {
    const backed = mapReading(rss.value.kinds, ({ total, components }) => bytes(total - (components.anon ?? 0)));
    rows.push({ depth: 1, label: 'files and shared memory', size: backed, source: 'RssFile + RssShmem' });
    const anon = bytes(unexplained.value - (backed.ok ? backed.value : 0));
    const label = anon < 0 ? 'committed by Go, not resident (net)' : 'anonymous, in no account of Go (at least)';
    rows.push({ depth: 1, label, size: found(anon), source: 'RssAnon - (Sys - HeapReleased)' });
  }
  return { title, rows };
}

const goLabels = {
  stacks: ['goroutine stacks', 'StackSys'],
  heap_reserved: ['idle heap, kept for reuse', 'HeapIdle - HeapReleased'],
  heap_fragmentation: ['free slots in spans in use', 'HeapInuse - HeapAlloc'],
  heap_live: ['live heap (and garbage not swept)', 'HeapAlloc'],
} satisfies Partial<Record<GoComponent, readonly [string, string]>>;

function runtime({ go, snapshot }: Ledger): Section {
  const title = 'Go runtime';
  if (!go.ok) return { title, rows: [{ depth: 0, label: 'Sys', size: go, source: 'runtime.MemStats' }] };
  const { total, components, used, unattributed } = go.value;
  const { mspan, mcache, profiling_buckets, gc_metadata, other } = components;
  const metadata = [mspan, mcache, profiling_buckets, gc_metadata, other].reduce<number>((sum, size) => sum + (size ?? 0), unattributed);
  return {
    title,
    rows: [
      { depth: 0, label: 'Sys (address space, not memory)', size: found(total), source: `MemStats from ${snapshot.goSource ?? 'Go'}` },
      { depth: 1, label: 'released to the kernel, or untouched', size: found(go.value.released), source: 'HeapReleased' },
      { depth: 1, label: 'used', size: found(used), source: 'Sys - HeapReleased' },
      { depth: 2, label: 'metadata of the runtime', size: found(bytes(metadata)), source: metadataSource(go.value.components) },
      ...Object.entries(goLabels).map(([name, [label, source]]) => ({
        depth: 2 as const,
        label,
        size: sizeOf(components[name as keyof typeof goLabels]),
        source,
      })),
    ],
  };
}

function metadataSource({ gc_metadata, profiling_buckets }: Partial<Record<GoComponent, Bytes>>): string {
  if (gc_metadata === undefined) return 'Sys - HeapSys - StackSys: this Go does not tell GCSys and OtherSys';
  return `GCSys ${formatBytes(gc_metadata)}, BuckHashSys ${formatBytes(profiling_buckets ?? 0)}, MSpan, MCache, Other`;
}

function part(label: string, size: Bytes | undefined, source: string): readonly Row[] {
  return size === undefined ? [] : [{ depth: 1, label, size: found(size), source }];
}

function sizeOf(size: Bytes | undefined): Reading<Bytes> {
  return size === undefined ? { ok: false, reason: 'unsupported', detail: 'not told' } : found(size);
}
