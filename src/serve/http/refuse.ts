import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { printable } from '../../untrusted.ts';
import { answer, securityHeaders, text } from './answer.ts';
import type { HttpLog } from './deps.ts';

/** The answer to a path that memgap does not have. */
export function noSuchPage(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return answer(request, reply, text(`no such page: ${request.method} ${printable(request.url, 128)}; the list of pages is at /`, 404));
}

/** The answer to a failed request: what the client did wrong, or, without its inside, that memgap failed; that is logged. */
export function failed(error: FailedRequest, request: FastifyRequest, reply: FastifyReply, log: HttpLog): FastifyReply {
  const { statusCode = 500 } = error;
  reply.headers(securityHeaders);
  if (statusCode >= 400 && statusCode < 500)
    return answer(request, reply, text(`bad request: ${printable(error.message, 256)}`, statusCode));
  log.error({ err: error, url: printable(request.url) }, 'a page could not be made: this is a bug in memgap, please report it');
  return answer(request, reply, text('internal error: the reason is in the log of memgap', 500));
}

/** Logs why an answer broke off in the middle: no status can tell it any more, only that its connection is closed. */
export function cutShort(error: Error, request: FastifyRequest, log: HttpLog): void {
  log.error({ err: error, url: printable(request.url) }, 'a page could not be made to its end: this is a bug in memgap, please report it');
}

/** What fastify adds to an error that it knows. */
type FailedRequest = Error & { readonly statusCode?: number };

const refusals: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/** The answer to bytes that are no HTTP request, too long a head, or none in time (node's `clientError`). */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = refusals[error.code ?? ''] ?? '400 Bad Request';
  const headers = Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${headers.join('')}connection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy());
}
