import { missing, type Reading } from '../model/reading.ts';
import type { Endpoint } from '../model/target.ts';
import type { Bytes } from '../model/units.ts';
import { tape } from '../tape.ts';
import { printable } from '../untrusted.ts';
import { fetchBody } from './fetch-body.ts';
import { requestAddress } from './request-address.ts';

/** A parser that is fed a body piece by piece, holds only what it needs, and gives the same reading however the body was cut. */
export interface Scan<T> {
  /** Never throws; false when its budget of work is used up: the rest of the body is of no use, and `end` says so. */
  add(chunk: Buffer): boolean;
  /** To be called exactly once, also after a fetch that failed: what was borrowed is given back here. */
  end(): Reading<T>;
}

/** What to ask of an endpoint. */
export interface EndpointRequest {
  /** Below the endpoint's URL, with its query. */
  readonly path: string;
  readonly accept: string;
  readonly signal: AbortSignal;
  /** A cap below the endpoint's own. */
  readonly limit?: Bytes;
}

/** Streams one answer of an endpoint through a scan; when the scan refuses the body, the detail gives the address, length and type. */
export async function readEndpoint<T>(endpoint: Endpoint, request: EndpointRequest, scan: Scan<T>): Promise<Reading<T>> {
  const onTape = tape();
  return onTape === undefined ? readNow(endpoint, request, scan) : onTape.body(scan, (noted) => readNow(endpoint, request, noted));
}

async function readNow<T>(endpoint: Endpoint, request: EndpointRequest, scan: Scan<T>): Promise<Reading<T>> {
  const body = await fetchBody(endpoint, request.path, { ...request, onChunk: scan.add });
  const reading = scan.end();
  if (!body.ok) return body;
  if (reading.ok) return reading;
  const { bytes, contentType = 'no content type' } = body.value;
  const { shown } = requestAddress(endpoint, request.path);
  return missing(reading.reason, `GET ${shown}: ${reading.detail} (${bytes} bytes, ${printable(contentType, 64)})`);
}
