import type { IncomingHttpHeaders } from 'node:http';
import type { OwnHost } from './own-host.ts';

/**
 * Whether a page of another site may have had a browser send this request (Fetch, section 3.2, Origin: sent with every POST and PUT; Fetch
 * Metadata, Sec-Fetch-Site: over TLS and to localhost only). By DNS rebinding a page becomes same-origin with memgap, so the name must be
 * memgap's as well. curl sends neither header.
 */
export function crossSite({ origin, host = '', 'sec-fetch-site': site }: IncomingHttpHeaders, own: OwnHost): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin !== undefined && hostOf(origin) !== host.toLowerCase()) return true;
  return (site !== undefined || origin !== undefined) && !own(host);
}

/** The scheme is left aside: a proxy that ends TLS hands the host on and speaks http. An opaque origin (`null`) has no host. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1];
}
