import { printable } from '../untrusted.ts';
import type { Manifest } from './manifests.ts';

/** Whether a workload is among those that `--workload` names, each as `NAME` or `KIND/NAME`; no name means all. */
export function isNamed({ id }: Manifest, names: readonly string[]): boolean {
  return names.length === 0 || names.some((name) => means(name, id));
}

/** What is wrong with the question, when there is no workload or none of a name that was given. */
export function nothingMeant(ids: readonly string[], names: readonly string[]): string | undefined {
  if (ids.length === 0)
    return 'there is no workload: a Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or CronJob, or a List with one';
  const unknown = names.find((name) => !ids.some((id) => means(name, id)));
  return unknown && `no workload is ${printable(unknown)}, as --workload says: there are ${ids.slice(0, 20).join(', ')}`;
}

function means(name: string, id: string): boolean {
  const slash = name.indexOf('/');
  if (slash === -1) return id.slice(id.indexOf('/') + 1) === name;
  return id === name.slice(0, slash).toLowerCase() + name.slice(slash);
}
