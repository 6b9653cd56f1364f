import { budgets } from '../../budgets.ts';
import { withDeadline } from '../../deadline.ts';
import { findProcess } from '../../discovery/find.ts';
import type { Listener } from '../../discovery/listeners.ts';
import { listenersOf } from '../../discovery/port-owner.ts';
import type { Endpoint, GoEndpoints, TargetConfig } from '../../model/target.ts';
import { bytes } from '../../model/units.ts';
import { closeEndpoint } from '../../net/connections.ts';
import { sources } from '../../poll/sources.ts';
import type { Arguments } from '../arguments.ts';
import { kernelPaths } from '../configure.ts';

const maxPorts = budgets.probedPorts.maxEntries;
const bodySizeLimit = bytes(64 * 1024 * 1024);

/** What is asked of each port, by the usual paths. */
const kinds = [
  { kind: 'expvar', path: '/debug/vars', source: sources.expvar },
  { kind: 'metrics', path: '/metrics', source: sources.metrics },
  { kind: 'pprof', path: '/debug/pprof', source: sources.pprof_heap },
] as const;

/**
 * The target with the endpoints that its process serves over plain HTTP: `--target.probe-ports`, for nobody's ports are asked who did not
 * say so. Asks only ports that this process itself listens on, and only for what the target does not name. Where nothing can be told, the
 * target as it is.
 */
export async function withPorts(target: TargetConfig, timeout: number, args: Arguments): Promise<TargetConfig> {
  const paths = kernelPaths(args);
  const looking = new AbortController().signal; // it ends by itself
  const process = target.process === undefined ? undefined : await findProcess(target.process, paths, looking);
  const listeners = process?.ok === true ? await listenersOf(process.value.pid, paths, looking) : undefined;
  if (listeners?.ok !== true) return target;
  const hosts = new Map(listeners.value.map((listener) => [listener.port, hostOf(listener)]));
  const ports = [...hosts.keys()].toSorted((one, other) => one - other).slice(0, maxPorts);
  const origins = ports.map((port) => `http://${hosts.get(port)}:${port}`);
  return { ...target, go: await withDeadline(timeout, [], (signal) => probe(origins, target.go, signal)) };
}

/** These endpoints, and what more the servers of `origins` answer before `signal` aborts. */
async function probe(origins: readonly string[], before: GoEndpoints, signal: AbortSignal): Promise<GoEndpoints> {
  const go: { -readonly [Kind in keyof GoEndpoints]: GoEndpoints[Kind] } = { ...before };
  for (const origin of origins) {
    for (const { kind, path, source } of kinds) {
      if (go[kind] !== undefined || signal.aborted) continue;
      const endpoint: Endpoint = { url: origin + path, bodySizeLimit };
      if ((await source.read(endpoint, signal)).ok) go[kind] = endpoint;
      await closeEndpoint(endpoint);
    }
  }
  return go;
}

/** Where a listener answers from this machine. */
function hostOf({ address }: Listener): string {
  if (address === '::1') return '[::1]';
  return /^\d+(\.\d+){3}$/.test(address) && address !== '0.0.0.0' ? address : '127.0.0.1';
}
