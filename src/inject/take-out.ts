import { isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Problem } from '../model/problem.ts';
import { missedBy } from './aliases.ts';
import { type Added, annotation, modeLabel, prometheusAnnotations, readRecord, sidecarName } from './annotations.ts';
import { fieldOf, textOf } from './nodes.ts';
import { removeItems } from './remove.ts';
import type { Edit } from './text-edit.ts';
import { annotationsOf, type Workload } from './workload.ts';

/** The changes that take out what memgap inject added to a workload, and nothing else; none where it added nothing. Pure. */
export function takeOut(text: string, workload: Workload): readonly Edit[] | Problem {
  const record = annotationsOf(workload).get(annotation.injected);
  if (record === undefined) return [];
  const added = readRecord(record);
  if ('message' in added) return added;
  const inMetadata = takeFromMetadata(text, workload, new Set(added));
  if ('message' in inMetadata) return inMetadata;
  const inSpec = takeFromSpec(text, workload, new Set(added));
  if ('message' in inSpec) return inSpec;
  const edits = [...inMetadata, ...inSpec];
  return missedBy(text, workload.manifest.aliases, edits) ?? edits;
}

function takeFromMetadata(text: string, { template, metadata }: Workload, added: ReadonlySet<Added>): readonly Edit[] | Problem {
  if (metadata === undefined || !isMap(metadata.value)) return [];
  const ours: Readonly<Record<string, readonly string[]>> = {
    annotations: [annotation.injected, ...(added.has('prometheus.io') ? Object.keys(prometheusAnnotations(0)) : [])],
    labels: added.has('label') ? [modeLabel.name] : [],
  };
  const edits: Edit[] = [];
  const whole = new Set<unknown>();
  for (const name of ['annotations', 'labels'] as const) {
    const field = fieldOf(metadata.value, name);
    if (!isMap(field?.value)) continue;
    const isOurs = (item: unknown) => ours[name]?.includes(nameOf(item) ?? '') === true;
    if (added.has(name) && field.value.items.every(isOurs)) {
      whole.add(field);
      continue;
    }
    const removed = removeItems(text, field.value, isOurs);
    if ('message' in removed) return removed;
    edits.push(...removed);
  }
  if (added.has('metadata') && whole.size === metadata.value.items.length) return removeItems(text, template, (item) => item === metadata);
  const removed = removeItems(text, metadata.value, (item) => whole.has(item));
  return 'message' in removed ? removed : [...edits, ...removed];
}

function takeFromSpec(text: string, { spec }: Workload, added: ReadonlySet<Added>): readonly Edit[] | Problem {
  if (!isMap(spec.value)) return [];
  const edits: Edit[] = [];
  const whole = new Set<unknown>();
  const sharing = fieldOf(spec.value, 'shareProcessNamespace');
  if (added.has('shareProcessNamespace') && isScalar(sharing?.value) && sharing.value.value === true) whole.add(sharing);

  for (const name of ['initContainers', 'containers']) {
    const field = fieldOf(spec.value, name);
    if (!isSeq(field?.value) || !field.value.items.some(isSidecar)) continue;
    if (name === 'initContainers' && added.has(name) && field.value.items.every(isSidecar)) {
      whole.add(field);
      continue;
    }
    const removed = removeItems(text, field.value, isSidecar);
    if ('message' in removed) return removed;
    edits.push(...removed);
  }
  const removed = removeItems(text, spec.value, (item) => whole.has(item));
  return 'message' in removed ? removed : [...edits, ...removed];
}

function isSidecar(item: unknown): boolean {
  return textOf(item, 'name') === sidecarName;
}

function nameOf(item: unknown): string | undefined {
  return isPair(item) && isScalar(item.key) ? String(item.key.value) : undefined;
}
