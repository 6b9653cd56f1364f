import { resolve } from 'node:path';
import type { Bytes } from '../units.ts';
import type { Config, Endpoint, GoEndpoints, ProcessSelector, Secret, TargetConfig, TlsConfig } from './config.ts';
import type { CheckedDocument, CheckedEndpoint, CheckedTarget } from './schema.ts';

const defaultPollTimeout = 5000;

/** The configuration that a checked document means: defaults filled in, file names made absolute from `folder`; frozen all the way down. */
export function resolveConfig(document: CheckedDocument, folder: string): Config {
  const pollInterval = document.poll_interval;
  return frozen({
    pollInterval,
    // as Prometheus does with scrape_timeout: a short interval shortens a timeout that nobody gave
    pollTimeout: document.poll_timeout ?? Math.min(defaultPollTimeout, pollInterval),
    targets: document.targets.map((target) => resolveTarget(target, document.body_size_limit, folder)),
  });
}

function resolveTarget(target: CheckedTarget, limit: Bytes, folder: string): TargetConfig {
  const { pprof, expvar, metrics } = target.go ?? {};
  const go: GoEndpoints = {
    // memgap adds `/heap` and the like; the other two are asked for as they are written
    ...(pprof && { pprof: withoutTrailingSlash(resolveEndpoint(pprof, target, limit, folder)) }),
    ...(expvar && { expvar: resolveEndpoint(expvar, target, limit, folder) }),
    ...(metrics && { metrics: resolveEndpoint(metrics, target, limit, folder) }),
  };
  return { name: target.name, go, process: selector(target.process) };
}

function resolveEndpoint(endpoint: CheckedEndpoint, target: CheckedTarget, limit: Bytes, folder: string): Endpoint {
  const hasOwn = endpoint.basic_auth !== undefined || endpoint.authorization !== undefined;
  const { basic_auth, authorization } = hasOwn ? endpoint : target;
  const tls = endpoint.tls_config ?? target.tls_config;
  const password = secret(basic_auth?.password, basic_auth?.password_file, folder);
  const credentials = secret(authorization?.credentials, authorization?.credentials_file, folder);
  const isHttps = endpoint.url.url.startsWith('https:');
  return {
    ...endpoint.url,
    ...(basic_auth && password && { basicAuth: { username: basic_auth.username, password } }),
    ...(authorization && credentials && { authorization: { type: authorization.type, credentials } }),
    ...(tls && isHttps && { tls: resolveTls(tls, folder) }),
    bodySizeLimit: endpoint.body_size_limit ?? target.body_size_limit ?? limit,
  };
}

function withoutTrailingSlash(endpoint: Endpoint): Endpoint {
  return { ...endpoint, url: endpoint.url.replace(/\/+$/, '') };
}

function resolveTls(tls: NonNullable<CheckedEndpoint['tls_config']>, folder: string): TlsConfig {
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

function selector(process: CheckedTarget['process']): ProcessSelector | undefined {
  if (process?.pid !== undefined) return { by: 'pid', pid: process.pid };
  if (process?.exe !== undefined) return { by: 'exe', exe: process.exe };
  if (process?.port !== undefined) return { by: 'port', port: process.port };
  return process?.cgroup === undefined ? undefined : { by: 'cgroup', cgroup: process.cgroup };
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) frozen(part);
  return value;
}
