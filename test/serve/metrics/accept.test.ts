import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { acceptedBy } from '../../../src/serve/metrics/accept.ts';

function values(header: string | undefined): string[] {
  return acceptedBy(header).map(({ value }) => value);
}

test('the most wanted comes first, and the order of the client decides among equals', () => {
  assert.deepEqual(values('a/b;q=0.2, c/d, e/f;q=0.9, g/h'), ['c/d', 'g/h', 'e/f', 'a/b']);
});

test('what weighs nothing, or has no valid weight, is not accepted', () => {
  assert.deepEqual(values('gzip;q=0, br;q=x, deflate;q=-1, zstd;q=2, identity;q=0.001'), ['identity']);
});

test('values, parameters and blanks are read whatever their case', () => {
  assert.deepEqual(acceptedBy(' Text/HTML ; Charset="UTF-8" ;Q=0.5 '), [
    {
      value: 'text/html',
      parameters: new Map([
        ['charset', 'utf-8'],
        ['q', '0.5'],
      ]),
      weight: 0.5,
    },
  ]);
});

test('no header accepts nothing in particular', () => {
  assert.deepEqual(values(undefined), []);
  assert.deepEqual(values(' , ,'), []);
});

test('any header can be read', () => {
  fc.assert(
    fc.property(fc.string(), (header) => acceptedBy(header).every(({ value, weight }) => value !== '' && weight > 0 && weight <= 1)),
  );
});
