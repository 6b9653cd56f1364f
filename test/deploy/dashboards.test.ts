import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { field } from './field.ts';
import { manifests } from './kustomize.ts';
import { rendered } from './rendered.ts';

const folder = join(manifests, '../grafana');

test("the component's ConfigMap holds every dashboard as it is committed, under the label that Grafana's sidecar looks for", (t) => {
  const documents = rendered(t, 'workloads');
  if (documents === undefined) return;
  const map = documents.find((document) => field(document, 'metadata', 'name') === 'memgap-dashboards');

  assert.equal(field(map, 'kind'), 'ConfigMap');
  assert.equal(field(map, 'metadata', 'labels', 'grafana_dashboard'), '1');
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  assert.deepEqual(field(map, 'data'), Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')])));
});
