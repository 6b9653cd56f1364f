import type { GoBook } from '../books/go.ts';
import type { Ledger } from '../books/ledger.ts';
import { goTable } from '../model/components/go.ts';
import { type RssKind, rssKindTable } from '../model/components/rss.ts';
import { rowsOf } from '../model/components/table.ts';
import { found, mapReading, type Reading } from '../model/reading.ts';
import { type Bytes, bytes, formatBytes } from '../model/units.ts';
import { besideRss } from './beside-rss.ts';
import { container } from './container.ts';
import { owners } from './owners.ts';
import { part, type Row, type Section } from './section.ts';

/** The ledger as a person reads it: from the container's number, through the process, down to the live heap of Go. */
export function waterfall(ledger: Ledger): readonly Section[] {
  return [container(ledger), process(ledger), ...besideRss(ledger), ...owners(ledger), gap(ledger), runtime(ledger)];
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
  const { components, unattributed } = kinds.value;
  for (const [kind, { label, source }] of Object.entries(rssKindTable)) rows.push(...part(label, components[kind as RssKind], source));
  if (unattributed !== 0) rows.push(...part('unattributed', unattributed, 'VmRSS - these')); // a kernel that tells all kinds leaves none
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

function runtime({ go, snapshot }: Ledger): Section {
  const title = 'Go runtime';
  if (!go.ok) return { title, rows: [{ depth: 0, label: 'Sys', size: go, source: 'runtime.MemStats' }] };
  const book = go.value;
  return {
    title,
    rows: [
      {
        depth: 0,
        label: 'Sys (address space, not memory)',
        size: found(book.total),
        source: `MemStats from ${snapshot.goSource ?? 'Go'}`,
      },
      ...partsWithin(undefined, 1, book),
      { depth: 1, label: 'used', size: found(book.used), source: 'Sys - HeapReleased' },
      metadataRow(book),
      ...partsWithin('used', 2, book),
    ],
  };
}

function partsWithin(whole: 'used' | undefined, depth: 1 | 2, { components }: GoBook): readonly Row[] {
  return rowsOf(goTable).flatMap(([name, { within, label, source }]) =>
    within === whole ? [{ depth, label, size: sizeOf(components[name]), source }] : [],
  );
}

/** One line for all that is metadata, with what no account has; its two largest parts by size, the others by name. */
function metadataRow({ components, unattributed }: GoBook): Row {
  const parts = rowsOf(goTable).flatMap(([name, { within, source }]) =>
    within === 'metadata' ? [{ field: source, size: components[name] ?? bytes(0) }] : [],
  );
  const size = bytes(parts.reduce<number>((sum, part) => sum + part.size, unattributed));
  const large = parts.toSorted((one, other) => other.size - one.size).slice(0, 2);
  const fields = parts.map((part) => (large.includes(part) ? `${part.field} ${formatBytes(part.size)}` : part.field.replace(/Sys$/, '')));
  const source =
    components.gc_metadata === undefined ? 'Sys - HeapSys - StackSys: this Go does not tell GCSys and OtherSys' : fields.join(', ');
  return { depth: 2, label: 'metadata of the runtime', size: found(size), source };
}

function sizeOf(size: Bytes | undefined): Reading<Bytes> {
  return size === undefined ? { ok: false, reason: 'unsupported', detail: 'not told' } : found(size);
}
