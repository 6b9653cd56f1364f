import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { field, list } from './field.ts';
import { manifests, render } from './kustomize.ts';

const fixtures = fileURLToPath(new URL('../fixtures/kubernetes/', import.meta.url));

/** What is rendered in the tests: what ships, and what users make of it. */
export const folders = {
  example: join(manifests, 'overlays/example'),
  examplePlain: join(manifests, 'overlays/example-plain'),
  daemonset: join(manifests, 'overlays/daemonset'),
  workloads: join(fixtures, 'workloads'),
  workloadsPlain: join(fixtures, 'workloads-plain'),
  node: join(fixtures, 'node'),
  both: join(fixtures, 'both'),
  bothPlain: join(fixtures, 'both-plain'),
} as const;

/** What kubectl makes of a folder; `undefined` where there is no kubectl, and then the test says that it is skipped. */
export function rendered(t: TestContext, folder: keyof typeof folders): readonly unknown[] | undefined {
  const result = render(folders[folder]);
  if (result.ok) return result.value;
  t.skip(result.detail);
  return undefined;
}

/** Those that run pods. */
export function workloadsOf(documents: readonly unknown[]): readonly unknown[] {
  return documents.filter((document) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(String(field(document, 'kind'))));
}

/** The pod of the first workload, and the memgap in it. */
export function memgapPod(t: TestContext, folder: keyof typeof folders): { readonly pod: unknown; readonly memgap: object } | undefined {
  const documents = rendered(t, folder);
  if (documents === undefined) return undefined;
  const pod = field(workloadsOf(documents)[0], 'spec', 'template', 'spec');
  const memgap = [...list(pod, 'initContainers'), ...list(pod, 'containers')].find((each) => field(each, 'name') === 'memgap');
  if (typeof memgap !== 'object' || memgap === null) throw new Error(`no container memgap in the first workload of ${folders[folder]}`);
  return { pod, memgap };
}
