import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { field } from './field.ts';
import { documentsOf } from './kustomize.ts';
import { manifestFaults } from './manifest-faults.ts';
import { rendered } from './rendered.ts';
import { unknownKeys } from './unknown-keys.ts';

const folder = new URL('../fixtures/kubernetes/invalid/', import.meta.url);

for (const file of readdirSync(folder)) {
  test(`a wrong manifest is found out, and nothing else about it: ${file}`, () => {
    const text = readFileSync(fileURLToPath(new URL(file, folder)), 'utf8');
    const expected = [...text.matchAll(/^# fault: (.*)$/gm)].map(([, fault]) => fault);

    const faults = documentsOf(text).flatMap((document) => manifestFaults(document));

    assert.deepEqual(faults, expected);
  });
}

test('a patch may leave out what the whole must have, but may not hold unknown keys', () => {
  const patch = { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: { spec: { hostPId: true } } } };

  assert.deepEqual(manifestFaults(patch, 'patch'), ['/spec/template/spec/hostPId: unknown key']);
  assert.ok(manifestFaults(patch).length > 1);
});

test('keys of free maps are known, whatever they are called', () => {
  const labels = { constructor: 'a', 'example/with~all': 'b' };

  assert.deepEqual(manifestFaults({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'any', labels }, data: labels }), []);
});

test('an unknown key is told as a JSON pointer, and nothing below it is', () => {
  assert.deepEqual(
    unknownKeys({ known: [{ 'a/b~c': { d: 1 } }] }, (data) => {
      void Reflect.get(Reflect.get(Object(data), 'known'), 0);
    }),
    ['/known/0/a~1b~0c'],
  );
});

test('wherever an unknown key is put into what ships, it is found; only free maps take it', (t) => {
  const documents = [rendered(t, 'workloads'), rendered(t, 'node')].flatMap((each) => each ?? []);
  const freeMap = /(labels|annotations|matchLabels|nodeSelector|limits|requests|data|Service\/spec\/selector)$/i;

  const taken = documents.flatMap((document) =>
    [...placesIn(document, `${field(document, 'kind')}`)].flatMap(({ place, object }) => {
      Object.assign(object, { unknownKey: '1' });
      const found = manifestFaults(document).some((fault) => fault.endsWith('/unknownKey: unknown key'));
      Reflect.deleteProperty(object, 'unknownKey');
      return found ? [] : [place];
    }),
  );
  const wrongly = taken.filter((place) => !freeMap.test(place));
  assert.deepEqual(wrongly, []);
  assert.equal(taken.length > 0, documents.length > 0);
});

/** Every object in a document, itself too, and where it is. */
function* placesIn(value: unknown, place: string): Generator<{ readonly place: string; readonly object: object }> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { place, object: value };
  for (const [key, child] of Object.entries(value)) yield* placesIn(child, `${place}/${key}`);
}
