import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inject, undo } from '../../src/inject/inject.ts';
import { manifestFaults } from '../deploy/manifest-faults.ts';
import { restrictedBreaches } from '../deploy/pod-security.ts';
import { objectsIn, podOf, sidecarOf } from './objects.ts';
import { requestOf } from './request.ts';

const folder = fileURLToPath(new URL('../fixtures/inject/good', import.meta.url));
const golden = fileURLToPath(new URL('../golden/inject', import.meta.url));
const names = readdirSync(folder);

const pprof = ['--pprof', 'http://127.0.0.1:6060/debug/pprof'];

/** What each is injected with besides pprof. */
const flags: Readonly<Record<string, readonly string[]>> = {
  'kubebuilder-no-ids.yaml': ['--run-as', '65532:65532', '--workload', 'Deployment/controller-manager'],
  'old-cluster.yaml': ['--no-native-sidecar', '--prometheus-annotations', '--port', '9800', '--exe', 'web'],
};

function injected(name: string): { readonly before: string; readonly after: string } {
  const before = readFileSync(join(folder, name), 'utf8');
  const { text, reports } = inject(before, requestOf(...pprof, ...(flags[name] ?? [])));
  assert.ok(text !== undefined, reports.map(({ detail }) => detail).join('\n'));
  return { before, after: text };
}

test('every special flag is of a file that is there', () => {
  assert.deepEqual(
    Object.keys(flags).filter((name) => !names.includes(name)),
    [],
  );
});

for (const name of names) {
  test(`${name} becomes what it became before (UPDATE_GOLDEN=1 writes it anew)`, () => {
    const { after } = injected(name);
    const file = join(golden, basename(name));
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, after);
    assert.equal(after, readFileSync(file, 'utf8'));
  });

  test(`${name}: a second run changes nothing, and undo gives back every byte`, () => {
    const { before, after } = injected(name);
    const request = requestOf(...pprof, ...(flags[name] ?? []));
    const again = inject(after, request);

    assert.equal(again.text, after);
    assert.ok(again.reports.some(({ status }) => status === 'unchanged'));
    assert.equal(undo(after, []).text, before);
    assert.equal(undo(after, request.only).text, before);
    assert.equal(undo(before, []).text, before);
  });

  test(`${name}: the schemas of Kubernetes know every key of the result, and have nothing against it`, () => {
    for (const object of objectsIn(injected(name).after)) assert.deepEqual(manifestFaults(object), []);
  });

  test(`${name}: what is not a workload is there as it was`, () => {
    const { before, after } = injected(name);
    const others = (text: string) => objectsIn(text).filter((object) => podOf(object) === undefined);
    assert.deepEqual(others(after), others(before));
  });

  test(`${name}: each sidecar runs as its target and passes Pod Security "restricted"`, () => {
    const pods = objectsIn(injected(name).after).flatMap((object) => podOf(object) ?? []);
    const sidecars = pods.flatMap((pod) => sidecarOf(pod) ?? []);
    assert.notEqual(sidecars.length, 0);
    for (const sidecar of sidecars) {
      assert.deepEqual(restrictedBreaches({ containers: [sidecar] }), []);
      assert.ok(sidecar.securityContext.runAsUser > 0);
      assert.equal(typeof sidecar.securityContext.runAsGroup, 'number');
    }
  });
}
