import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDocument, stringify } from 'yaml';
import { aliasesOf } from '../../src/inject/aliases.ts';
import { readManifests } from '../../src/inject/manifests.ts';
import { plainOf } from '../../src/inject/plain.ts';

function plain(text: string, most?: number): unknown {
  const document = parseDocument(text, { version: '1.1' });
  return plainOf(document.contents, aliasesOf(document), most);
}

test('the plain value is the one that yaml makes, aliases and merge keys followed', () => {
  const shared = fc.record({ a: fc.array(fc.integer(), { maxLength: 3 }), b: fc.string(), yes: fc.boolean() });
  fc.assert(
    fc.property(shared, shared, fc.boolean(), (one, other, isList) => {
      const text = `one: &one ${JSON.stringify(one)}\nother: &other ${JSON.stringify(other)}\n${stringify({ own: 1 })}b: mine\nuse: {<<: ${isList ? '[*one, *other]' : '*one'}, a: *other}\n`;
      const made = plain(text);
      assert.deepEqual(JSON.parse(JSON.stringify(made)), {
        value: JSON.parse(JSON.stringify(parseDocument(text, { version: '1.1' }).toJS())),
      });
    }),
  );
});

test('aliases without an anchor, of what they stand in, and too many of them have no plain value', () => {
  assert.equal(plain('a: *b'), undefined);
  assert.equal(plain('a: &a [*a]'), undefined);
  assert.equal(plain('a: {<<: 1}'), undefined);
  const many = `a: &a [1, 2, 3]\nb: [${'*a, '.repeat(9)}]`;
  assert.notEqual(plain(many, 60), undefined);
  assert.equal(plain(many, 30), undefined);
});

test('a manifest nested too deeply is refused before yaml has no stack left', () => {
  const read = readManifests('['.repeat(450) + ']'.repeat(450));
  assert.deepEqual(read.ok ? [] : read.faults.slice(-1), [{ line: 1, column: 401, message: 'more than 400 levels of nesting' }]);
});
