import type { SourceLoss } from '../../model/access.ts';
import type { MemStats } from '../../model/go.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { bytes } from '../../model/units.ts';

/** What every Go since 1.2 tells of its memory, by runtime.MemStats' own names. */
const required = [
  'Sys',
  'HeapAlloc',
  'HeapSys',
  'HeapIdle',
  'HeapInuse',
  'HeapReleased',
  'StackInuse',
  'StackSys',
  'MSpanSys',
  'MCacheSys',
  'BuckHashSys',
  'NextGC',
] as const;

const optional = ['GCSys', 'OtherSys', 'NumGC'] as const;

/** A field of runtime.MemStats that the ledger uses. */
export type MemStatsField = (typeof required)[number] | (typeof optional)[number];

/** All of them. */
export const memStatsFields: readonly MemStatsField[] = [...required, ...optional];

/** The address space that Go can have on 64-bit Linux (heapAddrBits of runtime/malloc.go): what is larger is no size of memory. */
const addressSpaceBytes = 2 ** 48;

/** Whether a number can be a size of Go's memory, or of what is resident of it. */
export function isMemorySize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= addressSpaceBytes;
}

/**
 * MemStats from its fields as numbers; `malformed` for one that is missing, negative, no integer, or over 2^53. A number parsed from the
 * decimal text is enough for that check, and for NextGC's: rounding to a double keeps the order, and is exact below 2^53. A goal beyond all
 * addresses is none: GOGC=off puts NextGC at 8946670875743901533, and GOGC=2147483647 at 21 million times what lives.
 */
export function memStatsOf(fields: ReadonlyMap<MemStatsField, number>): Reading<MemStats> {
  const absent = required.filter((name) => !fields.has(name));
  if (absent.length > 0) return missing('malformed', `MemStats lack ${absent.join(', ')}`);
  if (fields.has('GCSys') !== fields.has('OtherSys')) return missing('malformed', 'MemStats have only one of GCSys and OtherSys');
  for (const [name, value] of fields) {
    if (name === 'NextGC' && value > addressSpaceBytes && Number.isFinite(value)) continue;
    if (!Number.isSafeInteger(value) || value < 0) return missing('malformed', `MemStats.${name} is ${value}: not a count of bytes`);
  }

  function of(name: MemStatsField) {
    return bytes(fields.get(name) ?? Number.NaN);
  }
  return checkMemStats({
    sys: of('Sys'),
    heapAlloc: of('HeapAlloc'),
    heapSys: of('HeapSys'),
    heapIdle: of('HeapIdle'),
    heapInuse: of('HeapInuse'),
    heapReleased: of('HeapReleased'),
    stackInuse: of('StackInuse'),
    stackSys: of('StackSys'),
    mspanSys: of('MSpanSys'),
    mcacheSys: of('MCacheSys'),
    buckHashSys: of('BuckHashSys'),
    gcSys: fields.has('GCSys') ? of('GCSys') : undefined,
    otherSys: fields.has('OtherSys') ? of('OtherSys') : undefined,
    nextGc: of('NextGC') > addressSpaceBytes ? undefined : of('NextGC'),
    numGc: fields.get('NumGC'),
  });
}

/**
 * The identities of the Go book, which hold to the byte whatever the source: runtime.MemStats is filled with the world stopped, and
 * client_golang (>= 1.12 on Go >= 1.17, recalled) derives each sum of go_memstats_* from the parts of one runtime/metrics read
 * (memStatsFromRM in its go_collector_latest.go; held exactly in all 10 recorded pages, Go 1.19 to 1.27). `malformed`, with the difference,
 * when one does not hold, and where their sum, Sys, is more than there are addresses: none of its parts is larger.
 */
export function checkMemStats(stats: MemStats): Reading<MemStats> {
  const { sys, heapSys, stackSys, mspanSys, mcacheSys, buckHashSys, gcSys, otherSys } = stats;
  if (sys > addressSpaceBytes) return missing('malformed', `MemStats.Sys is ${sys}: more than the 256 TiB of addresses that Go can have`);
  const knownParts = heapSys + stackSys + mspanSys + mcacheSys + buckHashSys + (gcSys ?? 0) + (otherSys ?? 0);
  const lacksGcSys = gcSys === undefined; // then the rest of Sys is the sum of GCSys and OtherSys
  if (lacksGcSys ? sys < knownParts : sys !== knownParts) {
    const parts = `HeapSys + StackSys + MSpanSys + MCacheSys + BuckHashSys${lacksGcSys ? '' : ' + GCSys + OtherSys'}`;
    return missing('malformed', `MemStats do not add up: Sys - (${parts}) is ${sys - knownParts} bytes${lacksGcSys ? '' : ', not 0'}`);
  }
  const heap = stats.heapInuse + stats.heapIdle;
  if (heapSys !== heap) {
    return missing('malformed', `MemStats do not add up: HeapSys - (HeapInuse + HeapIdle) is ${heapSys - heap} bytes, not 0`);
  }
  for (const [part, whole, names] of [
    [stats.heapReleased, stats.heapIdle, 'HeapReleased is %d bytes more than HeapIdle'],
    [stats.heapAlloc, stats.heapInuse, 'HeapAlloc is %d bytes more than HeapInuse'],
    [stats.stackInuse, stackSys, 'StackInuse is %d bytes more than StackSys'],
  ] as const) {
    if (part > whole) return missing('malformed', `MemStats do not add up: ${names.replace('%d', String(part - whole))}`);
  }
  return found(stats);
}

/** What goes missing without any one endpoint that tells Go's numbers. */
export const withoutGoNumbers: SourceLoss = {
  needs: 'endpoint',
  lost: 'the Go book, unless another Go source answers: what the runtime has committed, keeps and has given back',
  families: ['memgap_go_memory_bytes', 'memgap_go_used_bytes', 'memgap_go_reserved_bytes', 'memgap_rss_unexplained_bytes'],
};
