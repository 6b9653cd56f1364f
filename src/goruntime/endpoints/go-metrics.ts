import type { GoLimit, GoNumbers } from '../../model/go.ts';
import { found, missing } from '../../model/reading.ts';
import type { Source } from '../../model/source.ts';
import type { Endpoint } from '../../model/target.ts';
import { bytes } from '../../model/units.ts';
import { readEndpoint, type Scan } from '../../net/read-endpoint.ts';
import { scanExposition, wantSamples } from './exposition.ts';
import { isMemorySize, type MemStatsField, memStatsOf, withoutGoNumbers } from './memstats-fields.ts';

/**
 * Reads the target's own /metrics, if it has client_golang's Go collector. That stops the world before client_golang 1.12 only (recalled),
 * but gathers all the program's metrics with it: 2 to 3 ms of the target.
 */
export const goMetrics: Source<Endpoint, GoNumbers> = {
  name: 'metrics',
  without: withoutGoNumbers,
  read(endpoint, signal) {
    return readEndpoint(endpoint, { path: '', accept: 'text/plain;version=0.0.4', signal }, scanGoMetrics());
  },
};

/**
 * The numbers from a stream of Prometheus text or OpenMetrics: `unsupported` when it has no go_memstats_*, `malformed` when wrong. One
 * line.
 */
export function scanGoMetrics(): Scan<GoNumbers> {
  const scan = scanExposition(wanted);
  return {
    add: scan.add,
    end() {
      const page = scan.end();
      if (!page.ok) return page;
      const { numbers, labeled, info } = page.value;
      const fields = new Map<MemStatsField, number>();
      for (const [name, field] of Object.entries(memStatsNames)) {
        const value = numbers.get(name);
        if (value !== undefined) fields.set(field, value);
      }
      const absent = needed.filter((name) => !numbers.has(name));
      if (absent.length > 0) return missing('unsupported', lacks(absent, labeled));
      const memstats = memStatsOf(fields);
      return memstats.ok
        ? found({ memstats: memstats.value, ...others(numbers), ...(info === undefined ? {} : { goVersion: info }) })
        : memstats;
    },
  };
}

const memStatsNames: Readonly<Record<string, MemStatsField>> = {
  go_memstats_sys_bytes: 'Sys',
  go_memstats_heap_alloc_bytes: 'HeapAlloc',
  go_memstats_heap_sys_bytes: 'HeapSys',
  go_memstats_heap_idle_bytes: 'HeapIdle',
  go_memstats_heap_inuse_bytes: 'HeapInuse',
  go_memstats_heap_released_bytes: 'HeapReleased',
  go_memstats_stack_inuse_bytes: 'StackInuse',
  go_memstats_stack_sys_bytes: 'StackSys',
  go_memstats_mspan_sys_bytes: 'MSpanSys',
  go_memstats_mcache_sys_bytes: 'MCacheSys',
  go_memstats_buck_hash_sys_bytes: 'BuckHashSys',
  go_memstats_gc_sys_bytes: 'GCSys',
  go_memstats_other_sys_bytes: 'OtherSys',
  go_memstats_next_gc_bytes: 'NextGC',
  go_gc_duration_seconds_count: 'NumGC', // debug.ReadGCStats
};

const needed = Object.keys(memStatsNames).filter((name) => name !== 'go_gc_duration_seconds_count');

const otherNames = [
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'go_goroutines',
  'go_threads',
  'go_gc_gogc_percent',
  'go_gc_gomemlimit_bytes',
];

/** Which samples of a page are read. */
export const wanted = wantSamples([...Object.keys(memStatsNames), ...otherNames], { info: 'go_info', label: 'version' });

function lacks(absent: readonly string[], labeled: boolean): string {
  const what = absent.length === needed.length ? 'go_memstats_*' : absent.join(', ');
  const why = labeled
    ? 'some of that name carry labels, so they may be of another program'
    : "the program does not register client_golang's Go collector here; use its pprof or expvar endpoint";
  return `this page has no ${what}: ${why}`;
}

function others(numbers: ReadonlyMap<string, number>): Omit<GoNumbers, 'memstats'> {
  const rss = numbers.get('process_resident_memory_bytes');
  const started = numbers.get('process_start_time_seconds');
  const goroutines = numbers.get('go_goroutines');
  const threads = numbers.get('go_threads');
  const memoryLimit = numbers.get('go_gc_gomemlimit_bytes');
  const gogc = numbers.get('go_gc_gogc_percent');
  return {
    ...(rss !== undefined && isMemorySize(rss) ? { residentMemory: bytes(rss) } : {}),
    ...(isTime(started) ? { processStartTime: started } : {}),
    ...(isCount(goroutines) ? { goroutines } : {}),
    ...(isCount(threads) ? { threads } : {}),
    ...(isLimit(memoryLimit) ? { memoryLimit: offOr(memoryLimit, bytes) } : {}),
    ...(isLimit(gogc) ? { gogc: offOr(gogc, (percent) => percent / 100) } : {}),
  };
}

/** Both settings say "off" by the largest number of their type: GOMEMLIMIT math.MaxInt64, GOGC -1 as uint64. */
const off = 2 ** 62;

function offOr<T>(value: number, convert: (value: number) => T): GoLimit<T> {
  return value >= off ? 'off' : convert(value);
}

function isLimit(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && (isCount(value) || value >= off);
}

/** Unix seconds up to 2106, where 32 bits end: by no clock a process started later. */
function isTime(value: number | undefined): value is number {
  return value !== undefined && value > 0 && value < 2 ** 32;
}

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && value !== undefined && value >= 0;
}
