import { containerIdentity } from '../kernel/cgroup/container-identity.ts';
import type { DiscoveryConfig } from '../model/config.ts';
import type { Discovered } from '../model/discovery.ts';
import { found, type Reading } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';
import type { TargetConfig } from '../model/target.ts';
import { discoveredEndpoints } from './discover-endpoints.ts';
import { baseName, createNames } from './discover-names.ts';
import { createProcessWalk, type GoProcess } from './discover-processes.ts';
import { type ContainerName, createPodNames } from './kubernetes/pod-names.ts';

/** Finds targets on this machine, scan after scan. */
export interface Discovery {
  /** Never rejects. `taken` are the names of targets that were not discovered. What is found when `signal` aborts counts. */
  scan(taken: ReadonlySet<string>, signal: AbortSignal): Promise<Reading<Discovered>>;
  close(): Promise<void>;
}

/** Seconds in which a new container may still get its name; until then it is no target, for its series would change their names. */
const grace = 30;

/** The discovery that the configuration asks for. `now` is a clock in seconds that never steps. */
export function createDiscovery(
  { rules, maxTargets, kubernetes }: DiscoveryConfig,
  paths: KernelPaths,
  environment: NodeJS.ProcessEnv = process.env,
  now = () => performance.now() / 1000,
): Discovery {
  const walk = createProcessWalk(rules, paths);
  const pods = kubernetes && createPodNames(kubernetes, environment, now);
  const names = createNames();
  let before: ReadonlySet<string> = new Set();

  async function scan(taken: ReadonlySet<string>, signal: AbortSignal): Promise<Reading<Discovered>> {
    const begin = performance.now();
    const walked = await walk(signal);
    if (!walked.ok) return walked;
    const ordered = walked.value.found.toSorted(
      (one, other) =>
        rank(one) - rank(other) || one.identity.startTicks - other.identity.startTicks || one.identity.pid - other.identity.pid,
    );
    const told = await namesOf(ordered.slice(0, maxTargets), signal);
    const chosen = ordered.slice(0, maxTargets).flatMap((process) => {
      const container = containerIdentity(process.cgroup);
      const named = told.get(container.containerId ?? '');
      const key = keyOf(process);
      const waits = named === undefined && container.podUid !== undefined && answers() && !before.has(key) && age(process) < grace;
      return waits ? [] : [{ process, named, key, base: baseName(process, named) }];
    });
    before = new Set(chosen.map(({ key }) => key));
    const assigned = names.assign(chosen, taken);
    return found({
      targets: chosen.map(({ process, named, key, base }) => targetOf(process, named, assigned.get(key) ?? base)),
      seen: walked.value.seen,
      unread: walked.value.unread,
      leftOut: Math.max(0, ordered.length - maxTargets),
      seconds: (performance.now() - begin) / 1000,
      ...(pods && { api: pods.state() }),
    });
  }

  /** Those that are watched already come first, so that a crowd of new ones pushes none of them out. */
  function rank(process: GoProcess): number {
    return before.has(keyOf(process)) ? 0 : 1;
  }

  async function namesOf(processes: readonly GoProcess[], signal: AbortSignal): Promise<ReadonlyMap<string, ContainerName>> {
    if (pods === undefined) return new Map();
    return pods.lookUp(
      processes.map(({ cgroup }) => containerIdentity(cgroup)),
      signal,
    );
  }

  function answers(): boolean {
    return pods?.state().last?.ok === true;
  }

  return { scan, close: async () => pods?.close() };
}

function targetOf({ identity, rule, listening }: GoProcess, named: ContainerName | undefined, name: string): TargetConfig {
  return {
    name,
    go: discoveredEndpoints(rule, listening, named?.ips ?? []),
    process: { by: 'pid', pid: identity.pid, startTicks: identity.startTicks },
    ...(named && { labels: { namespace: named.namespace, pod: named.pod, container: named.container } }),
  };
}

function keyOf({ identity }: GoProcess): string {
  return `${identity.pid}:${identity.startTicks}`;
}

function age({ identity }: GoProcess): number {
  return Date.now() / 1000 - identity.startTime;
}
