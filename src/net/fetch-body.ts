import type { Dispatcher } from 'undici';
import { budgets } from '../budgets.ts';
import { whatIsInTheWay } from '../files/own-file.ts';
import { untilAborted } from '../files/until-aborted.ts';
import { found, missing, type Reading } from '../model/reading.ts';
import type { Endpoint } from '../model/target.ts';
import { type Bytes, formatBytes } from '../model/units.ts';
import { printable } from '../untrusted.ts';
import { connectionTo } from './connections.ts';
import { consumeInTurns } from './consume-in-turns.ts';
import { authorizationOf } from './credentials.ts';
import { createPieceCount, tooManyPieces } from './pieces.ts';
import { refusalOfError, refusalOfStatus, shownLocation } from './refusals.ts';
import { requestAddress } from './request-address.ts';

/** How to fetch: `onChunk` gets the body in pieces of 16 KiB or less and must not throw; once the promise is settled it is not called. */
export interface FetchOptions {
  readonly accept: string;
  /** False ends the fetch: there is no use in more. */
  readonly onChunk: (chunk: Buffer) => boolean;
  /** The total deadline, connecting included. */
  readonly signal: AbortSignal;
  /** A cap below the endpoint's own. */
  readonly limit?: Bytes;
  /** What to do about a status, where it is not the usual. */
  readonly advice?: Readonly<Record<number, string>>;
  /** Milliseconds to the headers, and between two pieces of the body. */
  readonly headersTimeout?: number;
  readonly bodyTimeout?: number;
}

/** A body that came whole, or as far as it was of use: its length, and the type that the server claims, which is hostile text. */
export interface FetchedBody {
  readonly bytes: number;
  readonly contentType: string | undefined;
}

/**
 * GETs `path` below an endpoint and streams the body, which is never held. No redirect is followed, no proxy asked, nothing decompressed.
 * Never rejects: each failure is a reading that names the address, and its connection is cut at once, whatever the server still wants to
 * send.
 */
export async function fetchBody(endpoint: Endpoint, path: string, options: FetchOptions): Promise<Reading<FetchedBody>> {
  const address = requestAddress(endpoint, path);
  const inTheWay = endpoint.socketPath === undefined ? undefined : whatIsInTheWay(endpoint.socketPath);
  if (inTheWay !== undefined)
    return missing('unsupported', `GET ${address.shown}: the socket lies on ${inTheWay}, which may hang: memgap resolves nothing there`);
  const authorization = await untilAborted(authorizationOf(endpoint), options.signal, 'its secret');
  if (!authorization.ok) return missing(authorization.reason, `GET ${address.shown}: ${authorization.detail}`);
  const connection = await untilAborted(connectionTo(endpoint), options.signal, 'its certificates');
  if (!connection.ok) return missing(connection.reason, `GET ${address.shown}: ${connection.detail}`);

  const body = await new Promise<Reading<FetchedBody>>((resolve) => {
    const request = {
      method: 'GET',
      path: address.path,
      headers: {
        accept: options.accept,
        'accept-encoding': 'identity',
        'user-agent': 'memgap',
        ...(authorization.value === undefined ? {} : { authorization: authorization.value }),
      },
      headersTimeout: options.headersTimeout ?? 30_000,
      bodyTimeout: options.bodyTimeout ?? 10_000,
    };
    const limit = Math.min(endpoint.bodySizeLimit, options.limit ?? Number.POSITIVE_INFINITY);
    const advice = limit === endpoint.bodySizeLimit ? '; raise body_size_limit if that is right' : '';
    const tooLarge = missing('too-large', `the body is longer than ${formatBytes(limit)}${advice}`);
    connection.value.dispatch(request, bodyHandler({ ...options, limit, tooLarge, base: address.origin + address.path, resolve }));
  });
  return body.ok ? body : missing(body.reason, `GET ${address.shown}: ${body.detail}`);
}

interface HandlerOptions extends Pick<FetchOptions, 'advice'> {
  readonly onChunk: FetchOptions['onChunk'];
  readonly signal: AbortSignal;
  readonly limit: number;
  readonly tooLarge: Reading<never>;
  readonly base: string;
  readonly resolve: (body: Reading<FetchedBody>) => void;
}

/** undici's dispatch() rather than request(): no stream between the socket and the consumer, and an abort that works while it connects. */
function bodyHandler({ onChunk, signal, advice, limit, tooLarge, base, resolve }: HandlerOptions): Dispatcher.DispatchHandler {
  let stage = 'while connecting';
  let bytes = 0;
  let contentType: string | undefined;
  let controller: Dispatcher.DispatchController | undefined;
  let settled = false;
  let interim = 0;
  const pieces = createPieceCount();
  const body = consumeInTurns(onChunk, () => settle(found({ bytes, contentType }), new Error('of no use')));

  function settle(reading: Reading<FetchedBody>, cut = reading.ok ? undefined : new Error(reading.reason)): void {
    if (settled) return;
    settled = true;
    body.stop();
    signal.removeEventListener('abort', onAbort);
    if (cut !== undefined) controller?.abort(cut);
    resolve(reading);
  }
  function onAbort(): void {
    settle(
      missing('timeout', `no whole answer before the deadline: it passed ${bytes > 0 ? `after ${formatBytes(bytes)} of the body` : stage}`),
    );
  }
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();

  return {
    onRequestStart(started) {
      controller = started;
      stage = 'before the headers came';
      if (settled) started.abort(new Error('too late')); // the deadline passed while it connected: nothing is sent
    },
    onResponseStart(_, status, headers) {
      if (settled) return;
      if (status < 200 && status !== 101) {
        interim += 1;
        if (interim > budgets.interimAnswers.maxEntries)
          settle(missing('too-large', `more than ${budgets.interimAnswers.maxEntries} answers of 1xx`));
        return; // 100 Continue and its like come before the answer
      }
      stage = 'before the body came';
      const location = first(headers.location);
      const shown = status < 300 || location === undefined ? undefined : shownLocation(location, base);
      const refusal = refusalOfStatus(status, shown, advice);
      if (refusal !== undefined) return settle(refusal);
      const encoding = first(headers['content-encoding']) ?? 'identity';
      if (encoding.toLowerCase() !== 'identity') return settle(missing('unsupported', compressed(encoding)));
      if (Number(first(headers['content-length'])) > limit) return settle(tooLarge);
      contentType = first(headers['content-type']);
    },
    onResponseData(_, chunk) {
      if (settled) return;
      bytes += chunk.length;
      if (bytes > limit) return settle(tooLarge);
      if (pieces.areTooMany(chunk.length)) return settle(tooManyPieces);
      body.add(chunk);
    },
    onResponseEnd() {
      body.end(() => settle(found({ bytes, contentType })));
    },
    onResponseError(_, error) {
      const refusal = refusalOfError(error);
      settle(bytes === 0 || refusal.ok ? refusal : missing(refusal.reason, `${refusal.detail} after ${formatBytes(bytes)} of the body`));
    },
  };
}

function compressed(encoding: string): string {
  return `the body is compressed (${printable(encoding, 32)}) although identity was asked for`;
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
