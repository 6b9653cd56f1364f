import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { printable } from '../../untrusted.ts';

/** Says of a host, as a Host header has it (RFC 9110 section 7.2: a name or an address, with or without a port), whether it is memgap's. */
type OwnHost = (host: string) => boolean;

/**
 * IP addresses, localhost and what lies below it (RFC 6761 section 6.3), this machine's name, and those of `--web.external-host`. Any other
 * name may be an attacker's: he lets it lead to this address once a browser has loaded his page (DNS rebinding), whose script then reads
 * memgap's.
 */
export function ownHost(externalHosts: readonly string[], machine: string = hostname()): OwnHost {
  const names = new Set(['localhost', machine.toLowerCase(), ...externalHosts.map(nameOf)]);
  return (host) => {
    const name = nameOf(host);
    if (name.startsWith('[')) return isIPv6(name.slice(1, -1));
    return isIPv4(name) || (name !== '' && names.has(name)) || name.endsWith('.localhost');
  };
}

/**
 * Whether each host that a request names is memgap's: that of an absolute target stands above the header, and of several headers some proxy
 * may have believed another than node, which takes the first. A request without any comes from no browser: only HTTP/1.0 may leave it out.
 */
export function forOwnHost({ url = '', rawHeaders }: IncomingMessage, own: OwnHost): boolean {
  const [, authority] = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url) ?? [];
  const hosts = rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === 'host' && index % 2 === 1);
  return hosts.length <= 1 && [...hosts, ...(authority === undefined ? [] : [authority])].every(own);
}

/** What is wrong with a value of `--web.external-host`, as one line that names the flag; `undefined` if nothing is. */
export function externalHostProblem(host: string): string | undefined {
  if (/^[a-z\d_-]+(?:\.[a-z\d_-]+)*(?::\d{1,5})?$/i.test(host)) return undefined;
  return `--web.external-host: expected a host name as it stands in the address bar, like memgap.example.org, got "${printable(host, 128)}"`;
}

function nameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}

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
