import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { accounts } from '../../../scripts/rules/accounts.ts';
import { causes } from '../../../src/causes/index.ts';
import { suspectsAmong } from '../../../src/loadtest/suspects.ts';
import { cgroupTable } from '../../../src/model/components/cgroup.ts';
import { goTable } from '../../../src/model/components/go.ts';
import { rssTable } from '../../../src/model/components/rss.ts';
import { type BookTable, namesOf, rowsOf } from '../../../src/model/components/table.ts';
import { families } from '../../../src/serve/metrics/page.ts';
import { phases } from '../../loadtest/phases.ts';

const tables: readonly BookTable[] = [goTable, rssTable, cgroupTable];
const runbooks = new URL('../../../docs/causes/', import.meta.url);

test('an alert leads to the runbook of a cause that exists, or to the alert of the same bytes in another account', () => {
  const names = new Set(accounts.map(({ name }) => name));
  assert.equal(names.size, accounts.length);
  for (const table of tables) {
    for (const [name, { alert }] of rowsOf(table)) {
      if (typeof alert === 'string') assert.ok(names.has(alert), `${name}: ${alert}`);
      else if (alert?.cause !== undefined) {
        assert.ok(causes.some((cause) => cause.name === alert.cause) && existsSync(new URL(`${alert.cause}.md`, runbooks)), name);
      }
    }
  }
});

test('each book is a metric family, and its components differ in name and color; those of Go and of RSS share one name space in loadtest', () => {
  for (const table of tables) {
    const rows = rowsOf(table);
    assert.ok(families.some(({ name, labels }) => name === table.family && labels.includes('component')));
    assert.equal(new Set([...rows.map(([, { color }]) => color), table.unattributed.color]).size, rows.length + 1, table.name);
  }
  const sizes = [
    ...Object.keys(goTable.components),
    ...Object.keys(rssTable.components),
    'unattributed',
    'rss',
    'used',
    'unexplained',
    'usage',
  ];
  assert.equal(new Set(sizes).size, sizes.length);
});

test('what alerts when it grows is a suspect of loadtest, kernel stacks among them, unless it comes back or is bounded', () => {
  const all = [
    ...Object.keys(goTable.components),
    ...Object.keys(rssTable.components),
    'unattributed',
    ...Object.keys(cgroupTable.components).map((name) => `cgroup_${name}`),
  ];
  const { names } = suspectsAmong(phases(Object.fromEntries(all.map((name) => [name, [1, 1, 1, 1, 1]]))));
  const leaks = tables.flatMap((table) =>
    namesOf(table, ({ growth }) => growth === 'leak').map((name) => (table === cgroupTable ? `cgroup_${name}` : name)),
  );

  assert.deepEqual([...names].toSorted(), [...leaks, 'unattributed'].toSorted());
  assert.ok(names.has('cgroup_kernel_stack'));
  const alerting = accounts.map(({ name }) => name.replace(/^(?:go|rss)_/, ''));
  assert.deepEqual(
    alerting.filter((name) => !names.has(name)),
    ['unexplained', 'go_released_resident', 'exe_data', 'other_processes'],
  );
});
