import { budgets } from '../budgets.ts';
import type { DiscoveryConfig, DiscoveryRule, PortEndpoint } from '../model/config.ts';
import { type Bytes, bytes } from '../model/units.ts';
import type { CheckedDiscovery, CheckedPortEndpoint } from './discovery.ts';
import { resolveEndpoint, resolveTls } from './resolve-endpoint.ts';

/** What a checked `discovery` means: defaults filled in, file names made absolute from `folder`. */
export function resolveDiscovery(
  { interval, max_targets, rules, kubernetes }: CheckedDiscovery,
  limit: Bytes,
  folder: string,
): DiscoveryConfig {
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
  const { pprof, expvar, metrics } = go;
  return {
    ...(exe !== undefined && { exe }),
    ...(cgroup !== undefined && { cgroup }),
    ...(port !== undefined && { port }),
    go: {
      ...(pprof && { pprof: withoutTrailingSlash(portEndpoint(pprof, '/debug/pprof', limit, folder)) }),
      ...(expvar && { expvar: portEndpoint(expvar, '/debug/vars', limit, folder) }),
      ...(metrics && { metrics: portEndpoint(metrics, '/metrics', limit, folder) }),
    },
  };
}

function withoutTrailingSlash(endpoint: PortEndpoint): PortEndpoint {
  return { ...endpoint, path: endpoint.path.replace(/\/+$/, '') };
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
