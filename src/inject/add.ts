import type { Problem } from '../model/problem.ts';
import type { Added } from './annotations.ts';
import { appendItem, dashIndentOf, insertFields, type Value } from './insert.ts';
import { insertMetadata, notInto } from './metadata.ts';
import { fieldOf } from './nodes.ts';
import { objectionTo } from './objections.ts';
import { readPod } from './pod.ts';
import type { InjectRequest } from './request.ts';
import { sidecar } from './sidecar.ts';
import { chooseTarget, type Target } from './target.ts';
import type { Edit } from './text-edit.ts';
import { annotationsOf, type Workload, wishesOf } from './workload.ts';

/** The changes that add the sidecar to a workload that has none, and what it watches; or why that can't be. Pure. */
export function addSidecar(
  text: string,
  workload: Workload,
  request: InjectRequest,
): { readonly edits: readonly Edit[]; readonly target: Target } | Problem {
  const { spec, manifest } = workload;
  const pod = readPod(manifest.aliases, spec.value);
  if ('message' in pod) return pod;
  const objection = objectionTo(pod, request, manifest.kind, annotationsOf(workload));
  if (objection !== undefined) return objection;
  const target = chooseTarget(pod, wishesOf(workload), request);
  if ('message' in target) return target;

  const dash = dashIndentOf(text, fieldOf(spec.value, 'containers'));
  const listName = request.native ? 'initContainers' : 'containers';
  const list = fieldOf(spec.value, listName);
  const container = sidecar(target, request);
  const fields: Record<string, Value> = {
    ...(pod.shareProcessNamespace !== true && { shareProcessNamespace: true }),
    ...(list === undefined && { [listName]: [container] }),
  };
  const added: Added[] = [
    'container',
    ...(list === undefined ? (['initContainers'] as const) : []),
    ...(pod.shareProcessNamespace === true ? [] : (['shareProcessNamespace'] as const)),
  ];
  const edits = [
    ...insertMetadata(text, workload, added, request),
    ...(list === undefined ? [] : [notInto(spec.value, list) ?? appendItem(text, list, container, dash)]),
    ...(Object.keys(fields).length === 0 ? [] : [insertFields(text, spec, fields, dash)]),
  ];
  for (const edit of edits) if ('message' in edit) return edit;
  return { edits: edits.filter((edit) => 'start' in edit), target };
}
