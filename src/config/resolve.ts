import type { Config } from '../model/config.ts';
import type { Endpoint, GoEndpoints, ProcessSelector, TargetConfig } from '../model/target.ts';
import type { Bytes } from '../model/units.ts';
import { resolveDiscovery } from './resolve-discovery.ts';
import { resolveEndpoint } from './resolve-endpoint.ts';
import type { CheckedDocument, CheckedTarget } from './schema.ts';

const defaultPollTimeout = 5000;

/** The configuration that a checked document means: defaults filled in, file names made absolute from `folder`; frozen all the way down. */
export function resolveConfig(document: CheckedDocument, folder: string): Config {
  const pollInterval = document.poll_interval;
  return frozen({
    pollInterval,
    // as Prometheus does with scrape_timeout: a short interval shortens a timeout that nobody gave
    pollTimeout: document.poll_timeout ?? Math.min(defaultPollTimeout, pollInterval),
    targets: (document.targets ?? []).map((target) => resolveTarget(target, document.body_size_limit, folder)),
    ...(document.discovery && { discovery: resolveDiscovery(document.discovery, document.body_size_limit, folder) }),
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

function withoutTrailingSlash(endpoint: Endpoint): Endpoint {
  return { ...endpoint, url: endpoint.url.replace(/\/+$/, '') };
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
