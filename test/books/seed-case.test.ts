import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seedCase } from './seed-case.ts';

const { ledger, sys, figures, expected } = seedCase();

for (const [name, value] of Object.entries(expected)) {
  test(`the seed case: ${name} is ${value}`, () => assert.equal(figures[name], value));
}

test('the seed case: the Go book adds up to Sys with nothing left', () => {
  assert.ok(ledger.go.ok);
  const { components, unattributed } = ledger.go.value;
  assert.equal(
    Object.values(components).reduce((sum, size) => sum + size, 0),
    sys,
  );
  assert.equal(unattributed, 0);
});
