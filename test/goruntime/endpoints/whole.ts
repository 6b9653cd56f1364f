import { scanExpvar } from '../../../src/goruntime/endpoints/expvar.ts';
import { scanGoMetrics } from '../../../src/goruntime/endpoints/go-metrics.ts';
import { scanPprofHeap } from '../../../src/goruntime/endpoints/pprof-heap.ts';
import { scanPprofIndex } from '../../../src/goruntime/endpoints/pprof-index.ts';
import type { GoNumbers, ProfileCounts } from '../../../src/model/go.ts';
import type { Reading } from '../../../src/model/reading.ts';
import type { Scan } from '../../../src/net/read-endpoint.ts';

/** The reading of a body of /debug/vars that is there as a whole. */
export function parseExpvar(body: Uint8Array): Reading<GoNumbers> {
  return scanWhole(scanExpvar(), body);
}

/** The same of a page of metrics. */
export function parseGoMetrics(page: Uint8Array): Reading<GoNumbers> {
  return scanWhole(scanGoMetrics(), page);
}

/** The same of a heap profile. */
export function parsePprofHeap(body: Uint8Array): Reading<GoNumbers> {
  return scanWhole(scanPprofHeap(), body);
}

/** The same of pprof's index page. */
export function parsePprofIndex(page: Uint8Array): Reading<ProfileCounts> {
  return scanWhole(scanPprofIndex(), page);
}

function scanWhole<T>(scan: Scan<T>, body: Uint8Array): Reading<T> {
  scan.add(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  return scan.end();
}
