import type { CgroupFigures, Ledger } from '../books/ledger.ts';
import { unmappedOf } from '../books/unmapped.ts';
import { type CgroupComponent, cgroupTable } from '../model/components/cgroup.ts';
import { rowsOf } from '../model/components/table.ts';
import { found } from '../model/reading.ts';
import { type Bytes, bytes, formatBytes } from '../model/units.ts';
import { part, type Row, type Section } from './section.ts';

/** What the usage is made of, in order: components, and `kernel` for all that lie within it. */
const lines = [...new Set(rowsOf(cgroupTable).map(([name, { within }]) => (within === 'usage' ? name : within)))];

/** The cgroup book: the container's number first. */
export function container(ledger: Ledger): Section {
  const { cgroup } = ledger;
  const title = 'Container (cgroup)';
  if (!cgroup.ok) return { title, rows: [{ depth: 0, label: 'usage', size: cgroup, source: 'cgroup' }] };
  const book = cgroup.value;
  const usage: Row = { depth: 0, label: 'usage', size: found(book.total), source: usageSource(book) };
  return { title, rows: [usage, ...lines.flatMap((line) => rowsIn(line, book, ledger))] };
}

function rowsIn(line: CgroupComponent | 'kernel', book: CgroupFigures, ledger: Ledger): readonly Row[] {
  if (line === 'kernel') return kernelRow(book);
  if (line === 'anon_unmapped') return unmappedRow(ledger);
  const { label, source, sourceV1 = source } = cgroupTable.components[line];
  const rows = part(label, book.components[line], book.numbers.version === 2 ? source : sourceV1);
  if (line !== 'anon') return rows;
  const { unattributed } = cgroupTable;
  return [...part('unattributed', book.unattributed, unattributed.source), ...rows, ...sharers(book.components.anon, ledger)];
}

function unmappedRow(ledger: Ledger): readonly Row[] {
  const unmapped = unmappedOf(ledger);
  if (unmapped === undefined) return [];
  const { size, why, pinned } = unmapped;
  const { label, source } = cgroupTable.components.anon_unmapped;
  if (why === 'huge pages') return part('rest of huge pages partly freed', size, source);
  return part(label, size, why === 'pinned' && pinned !== undefined ? `${source}; VmPin ${formatBytes(pinned)}` : source);
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
  const low = formatBytes(headroom.value);
  const high = formatBytes(headroomMost ?? headroom.value);
  return low === high ? `, ${low} before an OOM kill` : `, ${low} to ${high} before an OOM kill`;
}

/** One line for all that lies within `kernel`, and none where nothing of it is told, which is not 0. */
function kernelRow({ components, numbers }: CgroupFigures): readonly Row[] {
  const knownParts = rowsOf(cgroupTable).flatMap(([name, { within, label }]) => {
    const size = components[name];
    return within === 'kernel' && size !== undefined ? [{ label, size }] : [];
  });
  if (knownParts.length === 0) return [];
  const named = knownParts.filter(({ size }) => size >= 64 * 1024).map(({ label, size }) => `${label} ${formatBytes(size)}`);
  const source = named.length > 0 ? named.join(', ') : 'memory.stat kernel';
  const sum = bytes(knownParts.reduce((total, { size }) => total + size, 0));
  return part('kernel, for the group', sum, numbers.version === 1 ? 'memory.kmem.usage_in_bytes' : source);
}
