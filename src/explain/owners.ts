import type { Ledger } from '../ledger/ledger.ts';
import type { RssBook } from '../ledger/rss/book.ts';
import type { RssComponent } from '../ledger/rss/component.ts';
import type { KernelMapping } from '../ledger/rss/kernel-mappings.ts';
import { found } from '../reading.ts';
import { type Bytes, bytes, formatBytes, formatDuration } from '../units.ts';
import type { Row, Section } from './waterfall.ts';

const labels: Readonly<Record<RssComponent, readonly [label: string, source: string]>> = {
  go_arenas: ['Go: heap, stacks, work buffers', 'measured: resident bytes of the arenas, less the next two'],
  go_released_lazyfree: ['Go: released, taken back on demand', 'measured: LazyFree of the arenas'],
  go_released_resident: ['Go: released, and still resident', 'accounting: arenas - what Go has committed'],
  go_metadata: ['Go: metadata of the runtime', 'what is left of the anonymous rest'],
  c_malloc: ['C malloc', "brk, malloc's arenas and chunks"],
  native_mmap: ['mapped by others than Go', 'accounting: anonymous address space beyond Go’s accounts'],
  jit_code: ['code generated at run time', 'anonymous memory that may be executed'],
  thread_stacks: ['thread stacks (pthreads, main)', 'stack mappings behind their guard pages'],
  exe_data: ['executable: data, bss, copies', 'mappings of the executable, Anonymous'],
  exe_file: ['executable: code and constants', 'mappings of the executable'],
  shared_libraries: ['shared libraries', 'mappings of *.so, with their bss'],
  mapped_files: ['mapped files', 'mappings of other files'],
  file_cow: ['written copies of mapped files', 'private mappings of files, memfd and tmpfs: Anonymous'],
  shmem: ['shared memory (tmpfs, memfd)', 'shared mappings'],
  kernel_mappings: ['kernel mappings', 'vdso, devices'],
};

/** The RSS book, where the mappings could be walked: each owner with its bytes, and how sure that is. */
export function owners({ mapped, snapshot }: Ledger): readonly Section[] {
  if (!mapped.ok) return [];
  const { value: book, at } = mapped.value;
  const age = formatDuration(Math.max(0, snapshot.takenAt - at) * 1000);
  const sure = `smaps, ${age} ago; wrong by at most ${(book.score * 100).toFixed(2)} %${narrowed(book)}`;
  const rows: Row[] = [{ depth: 0, label: 'all mappings', size: found(book.total), source: sure }];
  for (const [component, [label, source]] of Object.entries(labels)) {
    const size = book.components[component as RssComponent];
    if (size === undefined || size === 0) continue;
    rows.push({ depth: 1, label, size: found(size), source: noteOf(component as RssComponent, book) ?? source });
    if (component === 'mapped_files') rows.push(...files(book));
  }
  rows.push({ depth: 1, label: 'unattributed', size: found(book.unattributed), source: 'no rule fits' });
  return [{ title: 'Process, by owner', rows }];
}

/** Where that would: most of what is open is what the target's memory tells, and it was not read. */
function narrowed({ readsWouldTell = bytes(0), ambiguity, total }: RssBook): string {
  return readsWouldTell >= worthSaying * total && readsWouldTell >= ambiguity / 2 ? ', which --process.memory-reads narrows' : '';
}

const worthSaying = 0.01;

function files({ largestFiles }: RssBook): readonly Row[] {
  return largestFiles.map(({ path, rss }) => ({ depth: 2, label: path, size: found(rss), source: 'smaps' }));
}

/** What is known of a component beyond its size. */
function noteOf(component: RssComponent, { released, foreign, components, identities, named }: RssBook): string | undefined {
  if (component === 'go_released_resident' && released !== undefined) {
    const { floor, ceiling, reason } = released;
    return `accounting: ${interval(floor as Bytes, ceiling as Bytes)} with the line above; why: ${reason ?? 'not known'}`;
  }
  if (component === 'go_released_lazyfree' && identities !== undefined && components.go_released_lazyfree !== undefined) {
    const { heapReleased } = identities.memstats;
    if (components.go_released_lazyfree > heapReleased) return `measured: LazyFree; more than Go gave back, ${formatBytes(heapReleased)}`;
  }
  if (component === 'kernel_mappings') return kernelNames(named.kernel);
  if (component === 'native_mmap' && foreign.high > foreign.low) {
    return `accounting: ${interval(foreign.low as Bytes, foreign.high as Bytes)} of ${foreign.kind}`;
  }
  return undefined;
}

function kernelNames(kernel: readonly KernelMapping[]): string | undefined {
  const large = kernel.filter(({ rss }) => rss >= 64 * 1024);
  return large.length === 0 ? undefined : large.map(({ name, rss }) => `${name} ${formatBytes(rss)}`).join(', ');
}

function interval(low: Bytes, high: Bytes): string {
  return low === high ? formatBytes(low) : `${formatBytes(low)} to ${formatBytes(high)}`;
}
