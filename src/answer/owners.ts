import type { Ledger } from '../books/ledger.ts';
import type { RssBook } from '../books/owners/book.ts';
import type { KernelMapping } from '../books/owners/rules/kernel-mappings.ts';
import { type RssComponent, rssTable } from '../model/components/rss.ts';
import { rowsOf } from '../model/components/table.ts';
import { found } from '../model/reading.ts';
import { type Bytes, bytes, formatBytes, formatDuration } from '../model/units.ts';
import { part, type Row, type Section } from './section.ts';

/** The RSS book, where the mappings could be walked: each owner with its bytes, and how sure that is. */
export function owners({ mapped, snapshot }: Ledger): readonly Section[] {
  if (!mapped.ok) return [];
  const { value: book, at } = mapped.value;
  const age = formatDuration(Math.max(0, snapshot.takenAt - at) * 1000);
  const sure = `smaps, ${age} ago; wrong by at most ${(book.score * 100).toFixed(2)} %${narrowed(book)}`;
  const rows: Row[] = [{ depth: 0, label: 'all mappings', size: found(book.total), source: sure }];
  for (const [component, { label, source }] of rowsOf(rssTable)) {
    const size = book.components[component];
    if (size === undefined || size === 0) continue;
    rows.push({ depth: 1, label, size: found(size), source: noteOf(component, book) ?? source });
    if (component === 'mapped_files') rows.push(...files(book));
  }
  rows.push(...part('unattributed', book.unattributed, rssTable.unattributed.source));
  return [{ title: 'Process, by owner', rows }];
}

/** Where that would: most of what is open is what the target's memory tells, and it was not read. */
function narrowed({ narrowedByReads = bytes(0), ambiguity, total }: RssBook): string {
  return narrowedByReads >= minNarrowedRatio * total && narrowedByReads >= ambiguity / 2 ? ', which --process.memory-reads narrows' : '';
}

const minNarrowedRatio = 0.01;

function files({ largestFiles }: RssBook): readonly Row[] {
  return largestFiles.map(({ path, rss }) => ({ depth: 2, label: path, size: found(rss), source: 'smaps' }));
}

/** What is known of a component beyond its size. */
function noteOf(component: RssComponent, { released, nonGoAnon, components, identities, named }: RssBook): string | undefined {
  if (component === 'go_released_resident' && released !== undefined) {
    const { floor, ceiling, reason } = released;
    return `accounting: ${interval(floor as Bytes, ceiling as Bytes)} with the line above; why: ${reason ?? 'not known'}`;
  }
  if (component === 'go_released_lazyfree' && identities !== undefined && components.go_released_lazyfree !== undefined) {
    const { heapReleased } = identities.memstats;
    if (components.go_released_lazyfree > heapReleased) return `measured: LazyFree; more than Go gave back, ${formatBytes(heapReleased)}`;
  }
  if (component === 'kernel_mappings') return kernelNames(named.kernel);
  if (component === 'native_mmap' && nonGoAnon.high > nonGoAnon.low) {
    return `accounting: ${interval(nonGoAnon.low as Bytes, nonGoAnon.high as Bytes)} of ${nonGoAnon.kind}`;
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
