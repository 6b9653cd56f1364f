import type { Ledger } from '../../books/ledger.ts';
import type { RssBook } from '../../books/owners/book.ts';
import { rssTable } from '../../model/components/rss.ts';
import type { SmapsRollup } from '../../model/mapping.ts';
import { known } from '../../model/reading.ts';
import { type Family, gauge, partition } from './family.ts';

/** Resident memory by owner. All of it is read more rarely than the rest: `memgap_mappings_timestamp_seconds` says when. */
export const mappingFamilies: readonly Family[] = [
  gauge(
    'memgap_rss_mapped_bytes',
    "The RSS book's total: the sum of Rss over all mappings of /proc/PID/smaps (else smaps_rollup), read more rarely (cached).",
    (ledger) => book(ledger)?.total ?? rollup(ledger)?.rss,
  ),
  partition(
    rssTable.family,
    'component',
    'Resident memory by owner, from /proc/PID/smaps and runtime.MemStats (cached): they add up to memgap_rss_mapped_bytes. file_cow is anonymous copies of files that are mapped privately, jit_code anonymous memory that may be executed.',
    'always',
    ({ mapped }) => (mapped.ok ? { ok: true, value: mapped.value.value } : mapped),
  ),
  gauge('memgap_rss_unattributed_bytes', 'Resident bytes that no rule gives an owner (cached).', (ledger) => book(ledger)?.unattributed),
  gauge(
    'memgap_rss_attribution_error_ratio',
    'Upper bound on the share of memgap_rss_mapped_bytes that may be attributed to the wrong component (cached).',
    (ledger) => book(ledger)?.score,
  ),
  gauge(
    'memgap_rss_by_elimination_bytes',
    'Resident bytes that have their owner only because nothing else is left (cached); counted in the error above.',
    (ledger) => book(ledger)?.byElimination,
  ),
  gauge(
    'memgap_go_not_resident_bytes',
    'Committed by Go and not resident, at least: never touched, or swapped out; from smaps and runtime.MemStats (cached).',
    (ledger) => book(ledger)?.notResident,
  ),
  gauge(
    'memgap_go_released_resident_max_bytes',
    'Upper bound on HeapReleased that is resident (cached); the components go_released_lazyfree and go_released_resident are the lower bound.',
    (ledger) => book(ledger)?.released?.ceiling,
  ),
  gauge(
    'memgap_pss_bytes',
    'Pss of /proc/PID/smaps or smaps_rollup: shared pages divided by their users (cached).',
    (ledger) => rollup(ledger)?.pss,
  ),
  gauge(
    'memgap_lazyfree_bytes',
    'LazyFree of /proc/PID/smaps or smaps_rollup: given back with MADV_FREE and still counted as resident (cached).',
    (ledger) => rollup(ledger)?.lazyFree,
  ),
  gauge(
    'memgap_anon_hugepages_bytes',
    'AnonHugePages of /proc/PID/smaps or smaps_rollup (cached).',
    (ledger) => rollup(ledger)?.anonHugePages,
  ),
  gauge(
    'memgap_mappings_timestamp_seconds',
    'When the mappings (/proc/PID/smaps or smaps_rollup) were read last.',
    ({ mapped, snapshot }) => known(mapped)?.at ?? known(snapshot.rollup)?.at,
  ),
];

function book({ mapped }: Ledger): RssBook | undefined {
  return known(mapped)?.value;
}

function rollup({ snapshot }: Ledger): SmapsRollup | undefined {
  return known(snapshot.rollup)?.value;
}
