import { resolve } from 'node:path';
import { budgets } from '../budgets.ts';
import type { Config, DiscoveryConfig, DiscoveryRule, PortEndpoint } from '../model/config.ts';
import type { Endpoint, GoEndpoints, ProcessSelector, Secret, TargetConfig, TlsConfig } from '../model/target.ts';
import { type Bytes, bytes } from '../model/units.ts';
import type { CheckedDiscovery, CheckedPortEndpoint } from './discovery.ts';
import type { CheckedEndpoint } from './endpoint.ts';
import type { CheckedDocument, CheckedTarget } from './schema.ts';

const defaultPollTimeoutMilliseconds = 5000;

/** The configuration that a checked document means: defaults filled in, file names made absolute from `folder`; frozen all the way down. */
export function resolveConfig(document: CheckedDocument, folder: string): Config {
  const pollInterval = document.poll_interval;
  return frozen({
    pollInterval,
    // as Prometheus does with scrape_timeout: a short interval shortens a timeout that nobody gave
    pollTimeout: document.poll_timeout ?? Math.min(defaultPollTimeoutMilliseconds, pollInterval),
    targets: (document.targets ?? []).map((target) => resolveTarget(target, document.body_size_limit, folder)),
    ...(document.discovery && { discovery: resolveDiscovery(document.discovery, document.body_size_limit, folder) }),
  });
}

function resolveTarget(target: CheckedTarget, limit: Bytes, folder: string): TargetConfig {
  const { expvar, metrics } = target.go ?? {};
  const pprof = target.go?.pprof && resolveEndpoint(target.go.pprof, target, limit, folder);
  const go: GoEndpoints = {
    ...(pprof && { pprof: { ...pprof, url: withoutTrailingSlash(pprof.url) } }),
    ...(expvar && { expvar: resolveEndpoint(expvar, target, limit, folder) }),
    ...(metrics && { metrics: resolveEndpoint(metrics, target, limit, folder) }),
  };
  return { name: target.name, go, process: selector(target.process) };
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

/** An address as it is asked; `around` has what its target gives for all of them. */
function resolveEndpoint(
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

/** What a checked `discovery` means: defaults filled in, file names made absolute from `folder`. */
function resolveDiscovery({ interval, max_targets, rules, kubernetes }: CheckedDiscovery, limit: Bytes, folder: string): DiscoveryConfig {
  return {
    interval,
    maxTargets: max_targets,
    rules: rules.map((rule) => resolveRule(rule, limit, folder)),
    ...(kubernetes && {
      kubernetes: {
        ...(kubernetes.node_name !== undefined && { nodeName: kubernetes.node_name }),
        ...(kubernetes.api && { api: resolveEndpoint(kubernetes.api, {}, bytes(budgets.apiAnswer.maxBytes), folder) }),
      },
    }),
  };
}

function resolveRule({ exe, cgroup, port, go = {} }: CheckedDiscovery['rules'][number], limit: Bytes, folder: string): DiscoveryRule {
  const { expvar, metrics } = go;
  const pprof = go.pprof && portEndpoint(go.pprof, '/debug/pprof', limit, folder);
  return {
    ...(exe !== undefined && { exe }),
    ...(cgroup !== undefined && { cgroup }),
    ...(port !== undefined && { port }),
    go: {
      ...(pprof && { pprof: { ...pprof, path: withoutTrailingSlash(pprof.path) } }),
      ...(expvar && { expvar: portEndpoint(expvar, '/debug/vars', limit, folder) }),
      ...(metrics && { metrics: portEndpoint(metrics, '/metrics', limit, folder) }),
    },
  };
}

/** memgap adds `/heap` and the like to it; the other two are asked for as they are written. */
function withoutTrailingSlash(text: string): string {
  return text.replace(/\/+$/, '');
}

function portEndpoint(endpoint: CheckedPortEndpoint, usualPath: string, limit: Bytes, folder: string): PortEndpoint {
  const { port, path = usualPath, scheme = 'http', tls_config, body_size_limit } = endpoint;
  return {
    scheme,
    port,
    path,
    ...(tls_config && scheme === 'https' && { tls: resolveTls(tls_config, folder) }),
    bodySizeLimit: body_size_limit ?? limit,
  };
}
