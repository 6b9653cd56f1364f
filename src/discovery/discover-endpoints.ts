import { isIP, isIPv6 } from 'node:net';
import type { DiscoveryRule, PortEndpoint } from '../model/config.ts';
import type { Endpoint, GoEndpoints } from '../model/target.ts';
import type { OwnListeners } from './discover-listening.ts';

/**
 * Where a discovered process can be asked for the numbers of its runtime: at the ports that its rule names, if the process itself listens
 * there and memgap can reach it. Nobody else is ever asked. `podIps` lead into another network namespace; without them there is no way in.
 */
export function discoveredEndpoints({ go }: DiscoveryRule, listening: OwnListeners, podIps: readonly string[]): GoEndpoints {
  function endpoint(wanted: PortEndpoint | undefined): Endpoint | undefined {
    const host = wanted && reachable(listening.on(wanted.port), listening.isHere(), podIps);
    return wanted === undefined || host === undefined ? undefined : endpointOf(wanted, host);
  }
  const [pprof, expvar, metrics] = [endpoint(go.pprof), endpoint(go.expvar), endpoint(go.metrics)];
  return { ...(pprof && { pprof }), ...(expvar && { expvar }), ...(metrics && { metrics }) };
}

/** Pure: the host to ask, of the addresses that a process listens on (as listeners.ts has them); `undefined` when none can be reached. */
export function reachable(addresses: readonly string[], isHere: boolean, podIps: readonly string[]): string | undefined {
  for (const address of addresses) {
    const ip = isHere ? whileHere(address) : podIps.find((each) => leadsTo(each, address));
    if (ip !== undefined) return isIPv6(ip) ? `[${ip}]` : ip;
  }
  return undefined;
}

function whileHere(address: string): string | undefined {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return isIP(address) === 0 ? undefined : address;
}

/** Whether a pod's IP leads to a socket bound to that address; `::` takes IPv4 as well, and loopback is another one in there. */
function leadsTo(ip: string, address: string): boolean {
  return address === '::' || address === ip || (address === '0.0.0.0' && !isIPv6(ip));
}

function endpointOf({ scheme, port, path, tls, bodySizeLimit }: PortEndpoint, host: string): Endpoint {
  return { url: `${scheme}://${host}:${port}${path}`, ...(tls && { tls }), bodySizeLimit };
}
