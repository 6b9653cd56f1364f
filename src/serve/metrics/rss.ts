import type { Ledger } from '../../books/ledger.ts';
import type { ProcessStatus } from '../../model/process.ts';
import { known } from '../../model/reading.ts';
import { counter, type Family, gauge, partition } from './family.ts';

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
    'memgap_locked_bytes',
    'VmLck of /proc/PID/status: address space that mlock(2) or mlockall(2) keeps in memory.',
    (ledger) => status(ledger)?.vmLck,
  ),
  gauge(
    'memgap_pinned_bytes',
    'VmPin of /proc/PID/status: pages that the kernel pinned for rings and devices; they may be outside of RSS, and of the container.',
    (ledger) => status(ledger)?.vmPin,
  ),
  gauge(
    'memgap_hugetlb_bytes',
    'HugetlbPages of /proc/PID/status: huge pages of hugetlbfs, which are no part of RSS.',
    (ledger) => status(ledger)?.hugetlbPages,
  ),
  counter(
    'memgap_major_faults_total',
    'Page faults of the process that waited for a disk: majflt of /proc/PID/stat.',
    ({ snapshot }) => known(snapshot.activity)?.majorFaults,
  ),
  counter(
    'memgap_disk_read_bytes_total',
    'What was fetched from a disk for the process: read_bytes of /proc/PID/io; absent without the right to trace it.',
    ({ snapshot }) => known(snapshot.activity)?.readBytes,
  ),
];

function status({ snapshot }: Ledger): ProcessStatus | undefined {
  return known(snapshot.status);
}
