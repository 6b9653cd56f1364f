import type { Problem } from '../model/problem.ts';
import { printable } from '../untrusted.ts';
import { prometheusAnnotations, sidecarName } from './annotations.ts';
import type { Container, PodSpec } from './pod.ts';
import type { InjectRequest } from './request.ts';

type Objection = (pod: PodSpec, request: InjectRequest, kind: string, annotations: ReadonlyMap<string, string>) => string | undefined;

/** What makes a pod one that the sidecar can't be added to, the first that holds; each says what to do. */
const objections: readonly Objection[] = [
  ({ windows }) => (windows ? 'it runs on Windows, and memgap reads /proc of Linux: leave it out with --workload' : undefined),
  ({ hostPid }) =>
    hostPid
      ? 'hostPID: true and the shareProcessNamespace that the sidecar needs exclude each other: use node mode (a DaemonSet) for it'
      : undefined,
  ({ shareProcessNamespace }) =>
    shareProcessNamespace === false
      ? 'shareProcessNamespace is there and is not true, and the sidecar sees no process without it: take that line out'
      : undefined,
  ({ containers }) =>
    containers.some(({ name }) => name === '')
      ? 'a container has no name that is text, and the target is to be named after it: without quotes YAML takes numbers, yes, no, on and off for something else'
      : undefined,
  ({ containers }) =>
    containers.some(({ name }) => name === sidecarName)
      ? `a container named ${sidecarName} is there that memgap inject did not add: take it out, or give it another name`
      : undefined,
  portClash,
  ({ containers }) => {
    const owner = containers.find(({ ports }) => ports.some(({ name }) => name === sidecarName));
    return owner && `the container ${quoted(owner)} has a port named ${sidecarName}, which is to be the sidecar's: give it another name`;
  },
  ({ restartPolicy }, { native }, kind) =>
    !native && (['Job', 'CronJob'].includes(kind) || (restartPolicy ?? 'Always') !== 'Always')
      ? 'a plain container that never ends would keep it from completing: without --no-native-sidecar (Kubernetes 1.29 and later) it ends with the others'
      : undefined,
  (_, request, __, annotations) => {
    const taken = Object.keys(prometheusAnnotations(0)).find((name) => annotations.has(name));
    return request.prometheusAnnotations && taken !== undefined
      ? `it has the annotation ${taken} already, and a pod can have but one: leave out --prometheus-annotations, and scrape the port ${sidecarName}`
      : undefined;
  },
];

/** Why the sidecar can't be added to a pod, if that is so. Pure. */
export function objectionTo(
  pod: PodSpec,
  request: InjectRequest,
  kind: string,
  annotations: ReadonlyMap<string, string>,
): Problem | undefined {
  for (const objection of objections) {
    const message = objection(pod, request, kind, annotations);
    if (message !== undefined) return { message };
  }
  return undefined;
}

function portClash({ containers, hostNetwork }: PodSpec, { port, pprof }: InjectRequest): string | undefined {
  const what = 'give memgap another one with --port';
  if (pprof?.port === port) return `--pprof is at port ${port}, which is to be memgap's own: ${what}`;
  const owner = containers.find(({ ends, ports }) => !ends && ports.some(({ numbers }) => numbers.includes(port)));
  if (owner === undefined) return undefined;
  const where = hostNetwork ? 'on the network of the node (hostNetwork: true)' : 'in the network of the pod';
  return `port ${port} is taken ${where} by the container ${quoted(owner)}: ${what}`;
}

function quoted({ name }: Container): string {
  return `"${printable(name, 128)}"`;
}
