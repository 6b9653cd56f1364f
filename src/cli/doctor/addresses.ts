import type { Addresses, TargetAddress, TlsLines } from '../../doctor/address.ts';
import type { Endpoint, GoEndpoints, TlsConfig } from '../../model/target.ts';

/** The addresses of a target as a person would write them, with no secret in them. */
export function addressesOf({ pprof, expvar, metrics }: GoEndpoints): Addresses {
  return {
    ...(pprof && { pprof: addressOf(pprof) }),
    ...(expvar && { expvar: addressOf(expvar) }),
    ...(metrics && { metrics: addressOf(metrics) }),
  };
}

function addressOf({ url, socketPath, tls }: Endpoint): TargetAddress {
  return {
    url: socketPath === undefined ? url : `unix:${socketPath}:${new URL(url).pathname}`,
    ...(tls && { tls: linesOf(tls) }),
  };
}

function linesOf({ ca, caFile, cert, certFile, key, serverName, insecureSkipVerify }: TlsConfig): TlsLines {
  const authority = caFile ?? (ca === undefined ? undefined : '/path/ca.crt');
  const certificate = certFile ?? (cert === undefined ? undefined : '/path/client.crt');
  return {
    ...(authority !== undefined && { ca_file: authority }),
    ...(certificate !== undefined && { cert_file: certificate }),
    ...(key && { key_file: 'file' in key ? key.file : '/path/client.key' }),
    ...(serverName !== undefined && { server_name: serverName }),
    ...(insecureSkipVerify && { insecure_skip_verify: true }),
  };
}
