import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { found, missing, type Reading } from '../../src/model/reading.ts';
import { locate } from '../programs.ts';

/** Where the manifests are. */
export const manifests = fileURLToPath(new URL('../../deploy/kubernetes/', import.meta.url));

/**
 * What `kubectl kustomize FOLDER` prints, as documents, by the kubectl of the cache or else the one of the PATH. A detail fit for
 * `t.skip` where there is neither; throws what kubectl says when it refuses.
 */
export function render(folder: string): Reading<readonly unknown[]> {
  const cached = locate('kubectl');
  const { status, stdout, stderr, error } = spawnSync(cached.ok ? cached.value : 'kubectl', ['kustomize', folder], { encoding: 'utf8' });
  if (error !== undefined) return cached.ok ? missing('unsupported', error.message) : cached;
  if (status !== 0) throw new Error(`kubectl kustomize ${folder}: ${stderr}`);
  return found(documentsOf(stdout));
}

/** The documents of a YAML text as Kubernetes reads it (YAML 1.1: `no` is false); throws for what is no YAML. */
export function documentsOf(text: string): readonly unknown[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    for (const fault of [...document.errors, ...document.warnings]) throw fault;
    return document.toJS();
  });
}
