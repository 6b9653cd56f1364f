import type { GoBook } from '../../books/go.ts';
import type { Ledger } from '../../books/ledger.ts';
import { gogcOf, memoryLimitOf, type Setting } from '../../causes/go/go-settings.ts';
import { goTable } from '../../model/components/go.ts';
import { known, type Reading } from '../../model/reading.ts';
import { type Family, gauge, partition } from './family.ts';

/** The accounts of the Go runtime. */
export const goFamilies: readonly Family[] = [
  gauge('memgap_go_sys_bytes', "The Go book's total: Sys of runtime.MemStats.", (ledger) => book(ledger)?.total),
  gauge(
    'memgap_go_used_bytes',
    'Sys - HeapReleased of runtime.MemStats: what the Go runtime believes it occupies, and what GOMEMLIMIT governs.',
    (ledger) => book(ledger)?.used,
  ),
  gauge(
    'memgap_go_reserved_bytes',
    'HeapIdle - HeapReleased of runtime.MemStats: idle heap kept for reuse.',
    (ledger) => book(ledger)?.reserved,
  ),
  gauge(
    'memgap_go_released_bytes',
    'HeapReleased of runtime.MemStats: given back to the kernel, or never touched.',
    (ledger) => book(ledger)?.released,
  ),
  partition(
    goTable.family,
    'component',
    'Sys of runtime.MemStats by component: they add up to memgap_go_sys_bytes. heap_live holds dead objects that are not swept yet.',
    'if not 0',
    ({ go }) => go,
  ),
  gauge(
    'memgap_go_next_gc_bytes',
    'NextGC of runtime.MemStats: the heap size at which the next cycle ends; absent when the GC is off, or the goal beyond all addresses.',
    ({ snapshot }) => known(snapshot.go)?.memstats.nextGc,
  ),
  gauge(
    'memgap_go_memory_limit_bytes',
    "GOMEMLIMIT, from go_gc_gomemlimit_bytes of the target's own metrics, else from its memory (--process.memory-reads), else from /proc/PID/environ, which does not show what debug.SetMemoryLimit set; absent when off or unknown.",
    (ledger) => setting(memoryLimitOf(ledger)),
  ),
  gauge(
    'memgap_go_gogc_ratio',
    "GOGC / 100, from go_gc_gogc_percent of the target's own metrics, else from its memory (--process.memory-reads), else from /proc/PID/environ, which does not show what debug.SetGCPercent set; absent when off or unknown.",
    (ledger) => setting(gogcOf(ledger)),
  ),
  gauge(
    'memgap_goroutines',
    "Goroutines: go_goroutines of the target's own metrics, else the count on the pprof index page.",
    ({ snapshot }) => known(snapshot.go)?.goroutines ?? known(snapshot.profiles)?.goroutines,
  ),
  gauge(
    'memgap_threads',
    'Threads of /proc/PID/status; where that cannot be read the count of threads that the Go runtime made.',
    ({ snapshot }) => known(snapshot.status)?.threads ?? known(snapshot.go)?.threads ?? known(snapshot.profiles)?.threads,
  ),
];

function book({ go }: Ledger): GoBook | undefined {
  return known(go);
}

function setting(told: Reading<Setting<number>>): number | undefined {
  const value = known(told)?.value;
  return value === 'off' ? undefined : value;
}
