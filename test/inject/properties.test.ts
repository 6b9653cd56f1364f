import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { inject, undo } from '../../src/inject/inject.ts';
import { manifestFaults } from '../deploy/manifest-faults.ts';
import { runs } from '../runs.ts';
import { anyManifest, oddManifest, otherDocument } from './any-manifest.ts';
import { type Loose, objectsIn, podOf, sidecarOf } from './objects.ts';
import { requestOf } from './request.ts';

const anyRequest = fc
  .record({
    native: fc.boolean(),
    prometheus: fc.boolean(),
    port: fc.constantFrom('9779', '9800'),
    exe: fc.constantFrom('web', '/usr/bin/we b', 'yes', '0x1', '$(EXE): #'),
  })
  .map(({ native, prometheus, port, exe }) =>
    requestOf(
      '--port',
      port,
      '--exe',
      exe,
      ...(native ? [] : ['--no-native-sidecar']),
      ...(prometheus ? ['--prometheus-annotations'] : []),
    ),
  );

/** The manifest with the sidecar; every manifest that is made here can have one. */
function injected(text: string, request = requestOf('--exe', 'web')): string {
  const ends = /"?kind"?: ?"?(Cron)?Job/.test(text); // a plain container would never let it end
  const { text: after, reports } = inject(text, { ...request, native: request.native || ends });
  assert.ok(after !== undefined, reports.map(({ detail }) => detail).join('\n'));
  return after;
}

test('undo gives back every byte, whatever the style of the manifest', () => {
  fc.assert(
    fc.property(anyManifest, anyRequest, (text, request) => {
      const after = injected(text, request);
      assert.notEqual(after, text);
      assert.equal(undo(after, []).text, text);
      assert.equal(undo(text, []).text, text);
    }),
    { numRuns: runs(500) },
  );
});

test('a second run changes nothing, and a run with other flags comes to what it would have come to at first', () => {
  fc.assert(
    fc.property(anyManifest, anyRequest, anyRequest, (text, one, other) => {
      const after = injected(text, one);
      assert.equal(injected(after, one), after);
      assert.equal(injected(after, other), injected(text, other));
    }),
    { numRuns: runs(200) },
  );
});

test('the result is YAML, by the schemas of Kubernetes, and has what was there and the sidecar', () => {
  fc.assert(
    fc.property(anyManifest, anyRequest, (text, request) => {
      const [before, after] = [objectsIn(text), objectsIn(injected(text, request))];
      assert.equal(after.length, before.length);
      for (const [index, object] of after.entries()) {
        const pod = podOf(object);
        if (pod !== undefined) {
          assert.deepEqual(manifestFaults(object), []);
          assert.equal(pod.spec.shareProcessNamespace, true);
          assert.equal(sidecarOf(pod).args.at(-1)?.startsWith('--'), true);
        }
        assert.deepEqual(without(object), without(before[index]));
      }
    }),
    { numRuns: runs(200) },
  );
});

test('what is written oddly is refused, or becomes YAML that undo gives back', () => {
  const refused = { count: 0, of: 0 };
  fc.assert(
    fc.property(oddManifest, anyRequest, (text, request) => {
      const before = objectsIn(text);
      const { text: after } = inject(text, { ...request, native: true });
      refused.of += 1;
      if (after === undefined) {
        refused.count += 1;
        return;
      }
      assert.deepEqual(objectsIn(after).map(without), before.map(without));
      assert.equal(undo(after, []).text, text);
    }),
    { numRuns: runs(250) },
  );
  // both happen: one in eleven is refused
  assert.ok(refused.count < refused.of && refused.count >= Math.floor(runs(250) / 50), JSON.stringify(refused));
});

test('documents around a workload stay as they are, to the byte', () => {
  fc.assert(
    fc.property(otherDocument, anyManifest, otherDocument, (first, manifest, last) => {
      const text = manifest.replace(/^\ufeff|^%.*\r?\n---\r?\n/, ''); // those stand at the start of a text only
      const whole = `${first}\n---\n${text}\n---\n${last}`;
      const after = injected(whole);
      assert.ok(after.startsWith(`${first}\n---\n`));
      assert.ok(after.endsWith(`\n---\n${last}`));
    }),
    { numRuns: runs(100) },
  );
});

test('the lines that were there are there still, in their order', () => {
  fc.assert(
    fc.property(anyManifest, (text) => {
      if (text.trimStart().startsWith('{')) return;
      const after = injected(text).split(/\r?\n/);
      let at = 0;
      for (const line of text.split(/\r?\n/)) {
        if (/[[{]/.test(line)) continue; // flow style: written into
        const found = after.indexOf(line, at);
        assert.notEqual(found, -1, line);
        at = found + 1;
      }
    }),
    { numRuns: runs(100) },
  );
});

test('any text at all is refused or changed, never a crash', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'grapheme' }), (one, other) => {
      for (const text of [one, `apiVersion: v1\nkind: Pod\nmetadata: ${other}\nspec: ${one}\n`]) {
        const { text: after, reports } = inject(text, requestOf());
        assert.ok(after !== undefined || reports.length > 0);
        undo(text, []);
      }
    }),
    { numRuns: runs(300) },
  );
});

test('what came back from the API server, its fields in another order, is undone as well', () => {
  fc.assert(
    fc.property(anyManifest, anyRequest, fc.constantFrom('yaml', 'json'), (text, request, format) => {
      const list = { apiVersion: 'v1', kind: 'List', items: objectsIn(injected(text, request)) };
      const sorted = stringify(list, { sortMapEntries: true, aliasDuplicateObjects: false });
      const { text: after } = undo(format === 'yaml' ? sorted : JSON.stringify(parse(sorted), null, 4), []);
      assert.ok(after !== undefined);
      assert.deepEqual(objectsIn(after).map(dense), objectsIn(text).map(dense));
    }),
    { numRuns: runs(200) },
  );
});

/** An object as it is but for what inject adds, and for what is empty. */
function without(object: Loose): Loose {
  const copy: Loose = structuredClone(object);
  const pod = podOf(copy);
  if (pod === undefined) return copy;
  for (const key of ['initContainers', 'containers']) {
    pod.spec[key] = (pod.spec[key] ?? []).filter(({ name }: { name: string }) => name !== 'memgap');
  }
  delete pod.spec.shareProcessNamespace;
  pod.metadata ??= {};
  for (const key of ['annotations', 'labels']) {
    const own = ([name]: [string, unknown]) => !/^(memgap\.dev|prometheus\.io)\//.test(name);
    pod.metadata[key] = Object.fromEntries(Object.entries(pod.metadata[key] ?? {}).filter(own));
  }
  return copy;
}

/** An object without what is empty: the API server does not keep that. */
function dense(value: Loose): Loose {
  if (Array.isArray(value)) return value.map(dense);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [name, dense(each)] as const);
  return Object.fromEntries(entries.filter(([, each]) => each !== null && (typeof each !== 'object' || Object.keys(each).length > 0)));
}
