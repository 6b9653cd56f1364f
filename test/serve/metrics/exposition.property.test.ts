import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Labeled, openMetricsEnd, printFamilies } from '../../../src/serve/metrics/exposition.ts';
import type { Family, Labels, Sample } from '../../../src/serve/metrics/family.ts';
import { readExposition } from './exposition.ts';

/** A target as the writer sees it: the samples that each family has of it. */
type Subject = ReadonlyMap<string, readonly Sample[]>;

const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('"', '\\', '\n', '\\n', '",x="', '} 1\n# HELP y ', '\u2028', '\r'),
    ),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''));
const number = fc.oneof(
  fc.nat(),
  fc.double(),
  fc.constantFrom(0, -0, 2 ** 53, 1e21, 5e-324, -1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const names = ['memgap_a_bytes', 'memgap_b', 'memgap_b_c', 'memgap_d_total', 'memgap_e_total'] as const;

/** Some samples, each with other labels. */
const samples: fc.Arbitrary<readonly Sample[]> = fc.uniqueArray(
  fc.record({
    labels: fc.oneof(fc.constant<Labels>({}), fc.record({ component: hostile }), fc.record({ source: hostile, reason: hostile })),
    value: number,
  }),
  { selector: ({ labels }) => JSON.stringify(labels), maxLength: 5 },
);
const subjects: fc.Arbitrary<ReadonlyArray<Labeled<Subject>>> = fc.uniqueArray(
  fc.record({
    labels: fc.oneof(fc.record({ target: hostile }), fc.record({ target: hostile, namespace: hostile, pod: hostile })),
    subject: fc.record(Object.fromEntries(names.map((name) => [name, samples]))).map((all): Subject => new Map(Object.entries(all))),
  }),
  { selector: ({ labels }) => labels.target, maxLength: 4 },
);

const families: ReadonlyArray<Family<Subject>> = names.map((name) => ({
  name,
  type: name.endsWith('_total') ? 'counter' : 'gauge',
  help: `What ${name} is.`,
  labels: ['component', 'source', 'reason'],
  values: (subject) => subject.get(name) ?? [],
}));

// -0 is printed as 0
test('a strict reader finds every sample that is a number, once, in its family, whatever its labels say, and nothing else', () => {
  fc.assert(
    fc.property(subjects, fc.constantFrom('text' as const, 'openmetrics' as const), (all, format) => {
      const pieces = [...printFamilies(families, all, format)];
      const read = readExposition(pieces.join('') + (format === 'text' ? '' : openMetricsEnd), format);
      const expected = families.flatMap(({ name, type, help, values }) => {
        const known = all.flatMap(({ subject, labels }) =>
          [...values(subject)]
            .filter(({ value }) => Number.isFinite(value))
            .map((sample) => ({ name, labels: { ...sample.labels, ...labels }, value: sample.value + 0 })),
        );
        const family = format === 'text' ? name : name.replace(/_total$/, '');
        return known.length === 0 ? [] : [[family, { type, help, samples: known }] as const];
      });
      assert.deepEqual([...read], expected);
      assert.equal(pieces.length, families.length * all.length, 'a piece for each family of each target');
    }),
    { numRuns: 300 },
  );
});
