import { ownLimit } from '../files/open-path.ts';
import { type Missing, missing, type Reading, reasonOf } from '../model/reading.ts';
import { printable } from '../untrusted.ts';

/** The one table from an HTTP status to a reason; a status without a row goes by its class. */
const byStatus: Readonly<Record<string, Missing>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'not-found',
  410: 'gone', // a page of a list of Kubernetes that has expired
  429: 'unreachable', // it has too much to do
  '1xx': 'malformed', // 101: nobody asked for another protocol
  '3xx': 'unsupported',
  '4xx': 'unsupported',
  '5xx': 'unreachable',
};

const advice: Readonly<Record<string, string>> = {
  401: 'set basic_auth or authorization',
  403: 'the credentials are not good enough, or it answers to its own host only',
  404: 'check the path',
  '3xx': 'redirects are not followed: configure the final URL',
};

/**
 * What a status other than 2xx comes to, `undefined` for those. `location`: the redirect's target, fit to show; `own`: advice of this
 * server.
 */
export function refusalOfStatus(
  status: number,
  location: string | undefined,
  own: Readonly<Record<number, string>> = {},
): Reading<never> | undefined {
  if (status >= 200 && status < 300) return undefined;
  const group = `${Math.trunc(status / 100)}xx`;
  const hint = own[status] ?? advice[status] ?? advice[group];
  const where = location === undefined ? '' : ` to ${location}`;
  return missing(byStatus[status] ?? byStatus[group] ?? 'malformed', `HTTP ${status}${where}${hint === undefined ? '' : `; ${hint}`}`);
}

/** Where a redirect goes, for a person: without query, user info or fragment, which may hold secrets. */
export function shownLocation(location: string, base: string): string {
  if (!URL.canParse(location, base)) return 'an address that is none';
  const { origin, protocol, pathname } = new URL(location, base);
  return printable(`${origin === 'null' ? protocol : origin}${pathname}`, 256);
}

/** What a failed request comes to. Only the error's code is told: messages of TLS errors quote the server's certificate. */
export function refusalOfError(error: unknown): Reading<never> {
  const code = error instanceof Error && 'code' in error ? String(error.code ?? '') : '';
  // undici 7 leaves the parser's code out, so the name it is
  if (error instanceof Error && error.name === 'HTTPParserError')
    return missing('malformed', 'the answer is not HTTP/1.1; check scheme and port');
  const unasked = error instanceof Error && code === 'UND_ERR_SOCKET' ? unaskedAnswers[error.message] : undefined;
  if (unasked !== undefined) return missing('malformed', `the answer is ${unasked}, which nobody asked for`);
  if (clientRefused.test(code)) return missing('unauthorized', `the server refuses this client's certificate (${code}); check tls_config`);
  if (untrustedServer.test(code)) return missing('unreachable', `the server's certificate is not trusted (${code}); check tls_config`);
  const reason = reasonOf(error) ?? 'unreachable';
  // ENOENT of a unix socket's path: nothing listens there, which does not say that the process is gone
  const hint = meaning[code];
  return missing(
    reason === 'gone' ? 'unreachable' : reason,
    `${code === '' ? 'unknown error' : printable(code, 64)}${hint === undefined ? '' : `: ${hint}`}`,
  );
}

/** What undici refuses as a closed socket (lib/dispatcher/client-h1.js): an answer of 100, which http.get passes over, and 101. */
const unaskedAnswers: Readonly<Record<string, string>> = {
  'bad response': 'HTTP 100',
  'bad upgrade': 'another protocol',
};

/** What the codes that are seen most mean to a person. */
const meaning: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOENT: 'there is no such socket',
  ENOTFOUND: 'there is no such host name',
  // TLS 1.3: also what is left of the alert when the server misses a client certificate, or refuses ours
  UND_ERR_SOCKET: 'the server closed the connection before its answer was whole (with https: it may want another client certificate)',
  EMFILE: ownLimit,
  ENFILE: ownLimit,
  UND_ERR_DESTROYED: 'memgap closed the connection',
};

/** TLS alerts that a server sends, by OpenSSL's names (RFC 8446 section 6.2). */
const clientRefused = /^ERR_SSL_.*ALERT_(?:CERTIFICATE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;

/** node:tls, "X509 certificate error codes", and the code of its name check. */
const untrustedServer = /CERT|UNABLE_TO_VERIFY|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH/;
