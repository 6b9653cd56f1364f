import { withDeadline } from '../../deadline.ts';
import type { ContainerIdentity } from '../../kernel/cgroup/container-identity.ts';
import type { KubernetesConfig } from '../../model/config.ts';
import type { Discovered } from '../../model/discovery.ts';
import { found, type Missing, missing, type Reading } from '../../model/reading.ts';
import { closeEndpoint } from '../../net/connections.ts';
import { createPodApi, type PodApi } from './api.ts';
import { inClusterApi } from './in-cluster.ts';
import type { Pod, PodName } from './pod.ts';

/** Which container it is, in the words of Kubernetes. */
export interface ContainerName {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly ips: readonly string[];
}

/** Names of containers by their ids, kept: the API server is asked for what is not known yet, and seldom for what it does not know. */
export interface PodNames {
  /**
   * The names of these containers, as far as they come before `signal` aborts, or in so many milliseconds. Others are forgotten. Never
   * rejects.
   */
  lookUp(wanted: readonly ContainerIdentity[], signal: AbortSignal): Promise<ReadonlyMap<string, ContainerName>>;
  /** How the API server did: with its last call, absent before the first, and with those that failed since memgap started. */
  state(): NonNullable<Discovered['api']>;
  close(): Promise<void>;
}

/** A container's id stands in the pod's status a second or two after it started. */
const firstPauseSeconds = 5;
const maxPauseSeconds = 300;

/** For the API server to answer all of it: a walk over processes must not wait longer for names. */
const lookUpMilliseconds = 5000;

/** Names from the API server that the configuration means. `now` is a clock in seconds that never steps. */
export function createPodNames(
  { nodeName, api: endpoint }: KubernetesConfig,
  environment: NodeJS.ProcessEnv,
  now: () => number,
  maxMilliseconds = lookUpMilliseconds,
): PodNames {
  const node = nodeName ?? environment.NODE_NAME ?? '';
  const place = endpoint === undefined ? inClusterApi(environment) : found(endpoint);
  const api = place.ok ? createPodApi(place.value) : undefined;
  const lacking = !place.ok
    ? place
    : /^[a-z0-9][-.a-z0-9]*$/.test(node)
      ? undefined
      : missing(
          'disabled',
          'the name of this node is not known: set NODE_NAME (fieldRef: spec.nodeName) or discovery.kubernetes.node_name',
        );
  const errors = new Map<Missing, number>();
  let last: Reading<undefined> | undefined = lacking;
  let pods = new Map<string, PodName>();
  let containers = new Map<string, ContainerName>();
  /** After a failure of the server, and of each pod that it was asked about. */
  const down = createPause(now);
  let asked = new Map<string, Pause>();

  async function lookUp(wanted: readonly ContainerIdentity[], signal: AbortSignal): Promise<ReadonlyMap<string, ContainerName>> {
    forgetAllBut(wanted);
    if (api === undefined || lacking !== undefined || !down.isOver()) return containers;
    const due = dueOf(wanted);
    for (const uid of due) pauseOf(uid).begin();
    await withDeadline(maxMilliseconds, [signal], (deadline) => ask(api, due, deadline));
    return containers;
  }

  async function ask(api: PodApi, due: readonly string[], signal: AbortSignal): Promise<void> {
    if (due.some((uid) => !pods.has(uid)) && !(await list(api, signal))) return;
    for (const uid of due) {
      const pod = pods.get(uid);
      if (pod !== undefined && !(await get(api, uid, pod, signal))) break; // the server's trouble: the others would fail as well
    }
  }

  /** Pods with a container that has no name yet, if they were not asked about just now. */
  function dueOf(wanted: readonly ContainerIdentity[]): readonly string[] {
    const uids = new Set<string>();
    for (const { containerId, podUid } of wanted) {
      if (containerId !== undefined && podUid !== undefined && !containers.has(containerId) && pauseOf(podUid).isOver()) uids.add(podUid);
    }
    return [...uids];
  }

  /** Whether the server answered; while it does not, the last names known stay. */
  async function list(api: PodApi, signal: AbortSignal): Promise<boolean> {
    const listed = await api.list(node, signal);
    if (listed.ok) pods = new Map(listed.value.flatMap((pod) => pod.uids.map((uid) => [uid, pod] as const)));
    return noted(listed);
  }

  /** Whether the server answered. */
  async function get(api: PodApi, uid: string, name: PodName, signal: AbortSignal): Promise<boolean> {
    const pod = await api.get(name, signal);
    if (pod.ok && pod.value.uids.includes(uid)) {
      for (const [id, container] of pod.value.containers) containers.set(id, nameOf(pod.value, container));
    } else if (pod.ok || pod.reason === 'not-found') {
      pods.delete(uid); // it is gone, or another pod has its name by now: the next list tells
      return true;
    }
    return noted(pod);
  }

  function noted(reading: Reading<unknown>): boolean {
    last = reading.ok ? found(undefined) : reading;
    if (reading.ok) down.reset();
    else {
      down.begin();
      errors.set(reading.reason, (errors.get(reading.reason) ?? 0) + 1);
    }
    return reading.ok;
  }

  function forgetAllBut(wanted: readonly ContainerIdentity[]): void {
    const ids = new Set(wanted.map(({ containerId }) => containerId));
    containers = new Map([...containers].filter(([id]) => ids.has(id)));
    const nameless = new Set(wanted.map(({ containerId = '', podUid }) => (containers.has(containerId) ? undefined : podUid)));
    asked = new Map([...asked].filter(([uid]) => nameless.has(uid)));
  }

  function pauseOf(uid: string): Pause {
    const pause = asked.get(uid) ?? createPause(now);
    asked.set(uid, pause);
    return pause;
  }

  async function close(): Promise<void> {
    if (place.ok) await closeEndpoint(place.value);
  }

  return { lookUp, state: () => ({ last, errors }), close };
}

function nameOf({ namespace, name, ips }: Pod, container: string): ContainerName {
  return { namespace, pod: name, container, ips };
}

interface Pause {
  isOver(): boolean;
  /** Each time for twice as long, until it is reset. */
  begin(): void;
  reset(): void;
}

function createPause(now: () => number): Pause {
  let until = Number.NEGATIVE_INFINITY;
  let next = firstPauseSeconds;
  return {
    isOver: () => now() >= until,
    begin() {
      until = now() + next;
      next = Math.min(2 * next, maxPauseSeconds);
    },
    reset() {
      next = firstPauseSeconds;
    },
  };
}
