import { resolve } from 'node:path';
import type { Endpoint, Secret, TlsConfig } from '../model/target.ts';
import type { Bytes } from '../model/units.ts';
import type { CheckedEndpoint } from './endpoint.ts';
import type { CheckedTarget } from './schema.ts';

/** An address as it is asked; `around` has what its target gives for all of them. */
export function resolveEndpoint(
  endpoint: CheckedEndpoint,
  around: Pick<CheckedTarget, 'basic_auth' | 'authorization' | 'tls_config' | 'body_size_limit'>,
  limit: Bytes,
  folder: string,
): Endpoint {
  const hasOwn = endpoint.basic_auth !== undefined || endpoint.authorization !== undefined;
  const { basic_auth, authorization } = hasOwn ? endpoint : around;
  const tls = endpoint.tls_config ?? around.tls_config;
  const password = secret(basic_auth?.password, basic_auth?.password_file, folder);
  const credentials = secret(authorization?.credentials, authorization?.credentials_file, folder);
  const isHttps = endpoint.url.url.startsWith('https:');
  return {
    ...endpoint.url,
    ...(basic_auth && password && { basicAuth: { username: basic_auth.username, password } }),
    ...(authorization && credentials && { authorization: { type: authorization.type, credentials } }),
    ...(tls && isHttps && { tls: resolveTls(tls, folder) }),
    bodySizeLimit: endpoint.body_size_limit ?? around.body_size_limit ?? limit,
  };
}

/** TLS settings with the names of their files made absolute. */
export function resolveTls(tls: NonNullable<CheckedEndpoint['tls_config']>, folder: string): TlsConfig {
  const key = secret(tls.key, tls.key_file, folder);
  return {
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.ca_file !== undefined && { caFile: resolve(folder, tls.ca_file) }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.cert_file !== undefined && { certFile: resolve(folder, tls.cert_file) }),
    ...(key && { key }),
    ...(tls.server_name !== undefined && { serverName: tls.server_name }),
    insecureSkipVerify: tls.insecure_skip_verify,
  };
}

function secret(text: string | undefined, file: string | undefined, folder: string): Secret | undefined {
  if (text !== undefined) return { text };
  return file === undefined ? undefined : { file: resolve(folder, file) };
}
