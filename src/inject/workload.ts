import { isMap, isScalar, type Pair, type YAMLMap } from 'yaml';
import type { Problem } from '../model/problem.ts';
import { printable } from '../untrusted.ts';
import type { Manifest } from './manifests.ts';
import { fieldOf, unsafe } from './nodes.ts';

/** Where the pod template of a workload stands in its document. */
export interface Workload {
  readonly manifest: Manifest;
  /** What has the `metadata` and the `spec` of the pod: the template, or the Pod itself. */
  readonly template: YAMLMap;
  /** The field `template`; `undefined` for a Pod. */
  readonly templateField: Pair | undefined;
  readonly spec: Pair;
  readonly metadata: Pair | undefined;
}

/** Kind -> the groups that it is a workload in, and the fields down to its pod template. The one table of workloads. */
const kinds: Readonly<Record<string, { readonly groups: readonly string[]; readonly path: readonly string[] }>> = {
  Pod: { groups: [''], path: [] },
  Deployment: { groups: ['apps', 'extensions'], path: ['spec', 'template'] },
  StatefulSet: { groups: ['apps'], path: ['spec', 'template'] },
  DaemonSet: { groups: ['apps', 'extensions'], path: ['spec', 'template'] },
  ReplicaSet: { groups: ['apps', 'extensions'], path: ['spec', 'template'] },
  Job: { groups: ['batch'], path: ['spec', 'template'] },
  CronJob: { groups: ['batch'], path: ['spec', 'jobTemplate', 'spec', 'template'] },
};

/** Whether an object has a pod template that memgap knows. */
export function isWorkload({ kind, group }: Manifest): boolean {
  return Object.hasOwn(kinds, kind) && kinds[kind]?.groups.includes(group) === true;
}

/** Finds the pod template. A problem where there is none, or where writing into it is not safe. */
export function readWorkload(manifest: Manifest): Workload | Problem {
  const trail = [...manifest.trail];
  const path: string[] = [];
  let field: Pair | undefined;
  for (const name of kinds[manifest.kind]?.path ?? []) {
    path.push(name);
    field = fieldOf(trail.at(-1), name);
    trail.push(field?.value);
  }
  const template = trail.at(-1);
  const [spec, metadata] = [fieldOf(template, 'spec'), fieldOf(template, 'metadata')];
  trail.push(spec?.value);
  const where = [...path, 'spec'].join('.');
  for (const node of trail) {
    const problem = unsafe(node, `what leads to ${where}`);
    if (problem !== undefined) return problem;
  }
  if (!isMap(template) || spec === undefined || !isMap(spec.value)) {
    return { message: `there is no ${where} with containers: is this a part of a manifest, or a patch? Inject into what is made of it` };
  }
  if (field === undefined && metadata === undefined) return { message: 'the Pod has no metadata, where its name should be' };
  return { manifest, template, templateField: field, spec, metadata };
}

/** The annotations of the pod: those that are text. */
export function annotationsOf({ metadata }: Workload): ReadonlyMap<string, string> {
  return annotationsIn(metadata?.value);
}

/** What annotations ask of memgap inject: those of the pod, and where they say nothing those of the workload. */
export function wishesOf(workload: Workload): ReadonlyMap<string, string> {
  const object = fieldOf(workload.manifest.trail.at(-1), 'metadata');
  return new Map([...annotationsIn(object?.value), ...annotationsOf(workload)]);
}

function annotationsIn(metadata: unknown): ReadonlyMap<string, string> {
  const annotations = fieldOf(metadata, 'annotations')?.value;
  if (!isMap(annotations)) return new Map();
  return new Map(annotations.items.flatMap(({ key, value }) => (isText(key) && isText(value) ? [[key.value, value.value] as const] : [])));
}

function isText(node: unknown): node is { readonly value: string } {
  return isScalar(node) && typeof node.value === 'string';
}

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
