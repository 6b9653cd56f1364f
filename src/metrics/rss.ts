import type { Ledger } from '../ledger/ledger.ts';
import { known } from '../reading.ts';
import type { ProcessStatus } from '../snapshot.ts';
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
];

function status({ snapshot }: Ledger): ProcessStatus | undefined {
  return known(snapshot.status);
}
