import type { Problem } from '../model/problem.ts';

/** What the container of memgap and its port are called: the PodMonitor of deploy/kubernetes looks for that port. */
export const sidecarName = 'memgap';

/** The annotations of a pod (template) that memgap inject reads or writes. */
export const annotation = {
  /** Written: what was added, for `--undo` and for the next time. */
  injected: 'memgap.dev/injected',
  /** Read: the container to watch. */
  container: 'memgap.dev/container',
  /** Read: `disabled` keeps memgap inject away. */
  inject: 'memgap.dev/inject',
  /** Read: kubectl's own, which kubebuilder sets. */
  defaultContainer: 'kubectl.kubernetes.io/default-container',
} as const;

/** The label by which the Service and the NetworkPolicy of deploy/kubernetes find pods with a sidecar. */
export const modeLabel = { name: 'memgap.dev/mode', value: 'sidecar' } as const;

/** The annotations that many Prometheus configurations look for; `--prometheus-annotations`. */
export function prometheusAnnotations(port: number): Readonly<Record<string, string>> {
  return { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port), 'prometheus.io/path': '/metrics' };
}

/** What memgap inject may have added besides its record. A field is named only where it was not there before. */
const additions = [
  'annotations',
  'container',
  'initContainers',
  'label',
  'labels',
  'metadata',
  'prometheus.io',
  'shareProcessNamespace',
] as const;

/** One thing that was added. */
export type Added = (typeof additions)[number];

/** The value of the annotation that says what was added, in an order of its own. */
export function printRecord(added: readonly Added[]): string {
  return additions.filter((each) => added.includes(each)).join(',');
}

/** What was added, out of that annotation. */
export function readRecord(text: string): readonly Added[] | Problem {
  const words = text.split(',');
  const known = additions.filter((each) => words.includes(each));
  return known.length === words.length
    ? known
    : { message: 'its record of what was added is of another version of memgap: undo it with that one' };
}
