import { parseAllDocuments } from 'yaml';

const templated = ['DaemonSet', 'Deployment', 'Job', 'ReplicaSet', 'StatefulSet'];

/** An object of Kubernetes, of which a test says what it must have: a field that is not there makes the test fail. */
// biome-ignore lint/suspicious/noExplicitAny: a manifest is whatever stands there, and what is wrong with it is what is tested
export type Loose = any;

/** All objects of a text, those of lists as well. Throws for what is no YAML. */
export function objectsIn(text: string): readonly Loose[] {
  const parsed = parseAllDocuments(text, { version: '1.1' });
  const documents = Array.isArray(parsed) ? parsed : [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object: Loose = document.toJS();
    return object === null ? [] : object.kind === 'List' ? object.items : [object];
  });
}

/** The pod template of a workload, or the Pod itself. */
export function podOf(object: Loose): Loose {
  if (object.kind === 'Pod') return object;
  if (object.kind === 'CronJob') return object.spec.jobTemplate.spec.template;
  return templated.includes(object.kind) ? object.spec?.template : undefined;
}

/** The container of memgap. */
export function sidecarOf({ spec }: Loose): Loose {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])].find(({ name }) => name === 'memgap');
}
