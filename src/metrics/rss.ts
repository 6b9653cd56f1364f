import type { Ledger } from '../ledger/ledger.ts';
import { known } from '../reading.ts';
import type { ProcessStatus, SmapsRollup } from '../snapshot.ts';
import { type Family, gauge, partition } from './family.ts';

/** The resident set of the process. */
export const rssFamilies: readonly Family[] = [
  gauge(
    'memgap_rss_bytes',
    "Resident set of the process: VmRSS of /proc/PID/status, else process_resident_memory_bytes of the target's own metrics.",
    ({ rss }) => known(rss)?.total,
  ),
  partition(
    'memgap_rss_kind_bytes',
    'kind',
    'VmRSS by kind of page: RssAnon, RssFile and RssShmem of /proc/PID/status.',
    'if not 0',
    ({ rss }) => (rss.ok ? rss.value.kinds : rss),
  ),
  gauge(
    'memgap_rss_unexplained_bytes',
    "RSS - (Sys - HeapReleased): what the Go runtime's own numbers do not explain. Negative where memory that Go committed is not resident.",
    ({ unexplained }) => known(unexplained),
  ),
  gauge('memgap_rss_peak_bytes', 'VmHWM of /proc/PID/status: the highest resident set so far.', (ledger) => status(ledger)?.vmHwm),
  gauge('memgap_swap_bytes', 'VmSwap of /proc/PID/status.', (ledger) => status(ledger)?.vmSwap),
  gauge('memgap_page_tables_bytes', 'VmPTE of /proc/PID/status.', (ledger) => status(ledger)?.vmPte),
  gauge(
    'memgap_rss_mapped_bytes',
    'Rss of /proc/PID/smaps_rollup: the sum over all mappings, read more rarely (see memgap_mappings_timestamp_seconds).',
    (ledger) => rollup(ledger)?.rss,
  ),
  gauge(
    'memgap_pss_bytes',
    'Pss of /proc/PID/smaps_rollup: shared pages divided by their users; read more rarely.',
    (ledger) => rollup(ledger)?.pss,
  ),
  gauge(
    'memgap_lazyfree_bytes',
    'LazyFree of /proc/PID/smaps_rollup: given back with MADV_FREE and still counted as resident; read more rarely.',
    (ledger) => rollup(ledger)?.lazyFree,
  ),
  gauge(
    'memgap_anon_hugepages_bytes',
    'AnonHugePages of /proc/PID/smaps_rollup; read more rarely.',
    (ledger) => rollup(ledger)?.anonHugePages,
  ),
  gauge('memgap_mappings_timestamp_seconds', 'When /proc/PID/smaps_rollup was read last.', ({ snapshot }) => known(snapshot.rollup)?.at),
];

function status({ snapshot }: Ledger): ProcessStatus | undefined {
  return known(snapshot.status);
}

function rollup({ snapshot }: Ledger): SmapsRollup | undefined {
  return known(snapshot.rollup)?.value;
}
