import type { Endpoint } from '../model/target.ts';
import { printable } from '../untrusted.ts';

/** One request's address in the three forms that it is needed in. */
export interface RequestAddress {
  readonly origin: string;
  /** Path and query, for the request line. */
  readonly path: string;
  /** For a person: printable, and without any secret, for an endpoint's URL can hold none. */
  readonly shown: string;
}

/** The address of `path` below an endpoint, whose URL may end with a slash: `''` is the URL itself, `/heap?debug=1` goes below it. */
export function requestAddress(endpoint: Endpoint, path: string): RequestAddress {
  const { origin, pathname } = new URL(endpoint.url);
  const whole = path === '' ? pathname : pathname.replace(/\/+$/, '') + path;
  const host = endpoint.socketPath === undefined ? origin : `unix:${endpoint.socketPath}:`;
  return { origin, path: whole, shown: printable(host + whole) };
}
