import { isMap, type Pair } from 'yaml';
import type { Problem } from '../model/problem.ts';
import { type Added, annotation, modeLabel, printRecord, prometheusAnnotations } from './annotations.ts';
import { insertFields, type Value } from './insert.ts';
import { fieldOf, isBare, textOf, unsafe } from './nodes.ts';
import type { InjectRequest } from './request.ts';
import type { Edit } from './text-edit.ts';
import type { Workload } from './workload.ts';

/** The pod's own label, the annotations that were asked for and the record of all that is added: into the innermost mapping there. */
export function insertMetadata(
  text: string,
  workload: Workload,
  added: readonly Added[],
  request: InjectRequest,
): ReadonlyArray<Edit | Problem> {
  const { template, templateField, metadata } = workload;
  const fields = { annotations: fieldOf(metadata?.value, 'annotations'), labels: fieldOf(metadata?.value, 'labels') };
  const labeled = fieldOf(fields.labels?.value, modeLabel.name) !== undefined;
  if (labeled && textOf(fields.labels?.value, modeLabel.name) !== modeLabel.value) {
    const why = 'by which the monitors and the Service of deploy/kubernetes tell sidecars from node mode';
    return [
      { message: `the pod has the label ${modeLabel.name} already, with another value than ${modeLabel.value}, ${why}: take it out` },
    ];
  }
  const record: Added[] = [...added];
  if (metadata === undefined) record.push('metadata');
  if (fields.annotations === undefined) record.push('annotations');
  if (request.prometheusAnnotations) record.push('prometheus.io');
  if (!labeled) record.push('label');
  if (!labeled && fields.labels === undefined) record.push('labels');

  const values: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
    annotations: {
      [annotation.injected]: printRecord(record),
      ...(request.prometheusAnnotations && prometheusAnnotations(request.port)),
    },
    ...(!labeled && { labels: { [modeLabel.name]: modeLabel.value } }),
  };
  if (metadata === undefined) {
    return templateField === undefined ? [] : [insertFields(text, templateField, { metadata: values }, 2)];
  }
  const edits: Array<Edit | Problem> = [];
  const created: Record<string, Value> = {};
  for (const [name, value] of Object.entries(values)) {
    const field = fieldOf(metadata.value, name);
    if (field === undefined) created[name] = value;
    else edits.push(notInto(metadata.value, field) ?? insertFields(text, field, value, 2));
  }
  if (Object.keys(created).length > 0) edits.push(notInto(template, metadata) ?? insertFields(text, metadata, created, 2));
  return edits;
}

/** Why nothing is put into the value of a field of a mapping, if that is so. */
export function notInto(map: unknown, field: Pair): Problem | undefined {
  const name = String(field.key);
  if (isBare(field) && isMap(map) && map.flow === true) return { message: `${name} has no value: write {} or [], or take it out` };
  return unsafe(field.value, name);
}
