import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fits } from '../../src/discovery/glob.ts';

test('a pattern fits the whole of a text', () => {
  for (const [pattern, text] of [
    ['manager', 'manager'],
    ['*-operator', 'etcd-operator'],
    ['*', ''],
    ['**', 'x'],
    ['m?nager', 'manager'],
    ['/usr/*/manager', '/usr/local/bin/manager'],
    ['a*b*c', 'a-b-b-c'],
    ['[x].+', '[x].+'],
  ] as const) {
    assert.ok(fits(pattern, text), `${pattern} ${text}`);
  }
  for (const [pattern, text] of [
    ['manager', 'manager2'],
    ['manager', 'xmanager'],
    ['', 'x'],
    ['?', ''],
    ['a*b', 'a'],
    ['*.service', 'x.slice'],
    ['m.nager', 'manager'],
  ] as const) {
    assert.ok(!fits(pattern, text), `${pattern} ${text}`);
  }
});

test('any pattern fits as the regular expression of the same meaning does', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.', '\n'), maxLength: 12 });
  fc.assert(
    fc.property(text, text, (pattern, subject) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '[^]*').replaceAll('?', '[^]');
      assert.equal(fits(pattern, subject), new RegExp(`^(?:${source})$`).test(subject));
    }),
  );
});

test('a hostile name does not make it hang', () => {
  assert.ok(!fits(`${'*a'.repeat(40)}b`, 'a'.repeat(4096)));
});
