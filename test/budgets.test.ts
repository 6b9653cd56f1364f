import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Budget, budgets } from '../src/budgets.ts';

const root = join(import.meta.dirname ?? __dirname, '..', 'src');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== 'budgets.ts')
  .map((name) => readFileSync(join(root, name), 'utf8'))
  .filter((text) => text.includes('/budgets.ts'))
  .join('\n');
const entries: ReadonlyArray<readonly [name: string, budget: Budget]> = Object.entries(budgets);

test('each budget holds somewhere', () => {
  const unused = entries.filter(([name]) => !new RegExp(`\\bbudgets\\.${name}\\b|\\b${name}\\b[^=;]*} = budgets;`).test(sources));
  assert.deepEqual(
    unused.map(([name]) => name),
    [],
  );
});

test('each budget is a count in one unit, and says of what and why', () => {
  for (const [name, { of, why, ...figures }] of entries) {
    const [[key, figure] = ['', 0], ...others] = Object.entries(figures);
    assert.match(key, /^max[A-Z][a-z]+$/, `${name}: the unit is in the name`);
    assert.deepEqual(others, [], name);
    assert.ok(Number.isSafeInteger(figure) && figure > 0, name);
    assert.ok(of.length > 10 && why.length > 10, name);
    assert.doesNotMatch(`${of}${why}`, /[.\n]$/, `${name}: clauses, for a table`);
  }
});
