import type { FastifyReply, FastifyRequest } from 'fastify';
import { embeddableJson } from '../../untrusted.ts';
import { acceptedBy } from '../metrics/accept.ts';
import { gzip } from './gzip-pieces.ts';
import { styleSource } from './html.ts';

/** The types of memgap's answers, other than metrics. */
export const types = {
  text: 'text/plain; charset=utf-8',
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
} as const;

/** What to send; `status` is 200 unless given. */
export interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly body: string;
}

/** What of a request memgap's answers go by. */
export const varies = 'accept, accept-encoding';

// below it a body fits one packet anyhow
const worthCompressing = 1024;

/** Sends an answer, compressed where the client asked for gzip: synchronous at level 1, for a stream costs more memory than it saves. */
export function answer(request: FastifyRequest, reply: FastifyReply, { status = 200, type, body }: Answer): FastifyReply {
  reply.code(status).type(type).header('vary', varies);
  if (body.length < worthCompressing || !wantsGzip(request)) return reply.send(body);
  return reply.header('content-encoding', 'gzip').send(gzip(body));
}

/** An answer of one or more lines of text. */
export function text(body: string, status = 200): Answer {
  return { status, type: types.text, body: `${body}\n` };
}

/** An answer in JSON; keys that are `undefined` are left out. */
export function json(body: object, status = 200): Answer {
  return { status, type: types.json, body: `${embeddableJson(body)}\n` };
}

/** Whether the client takes an answer that is compressed. */
export function wantsGzip({ headers }: FastifyRequest): boolean {
  const header = headers['accept-encoding'];
  return acceptedBy(typeof header === 'string' ? header : undefined).some(({ value }) => value === 'gzip');
}

/**
 * On every answer, whatever it is. Much of what the pages show came from a target: should anything of it ever get past the escaping,
 * a browser still runs no script, loads nothing, sends nothing and guesses no other type.
 */
export const securityHeaders = {
  'content-security-policy': `default-src 'none'; style-src ${styleSource}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;
