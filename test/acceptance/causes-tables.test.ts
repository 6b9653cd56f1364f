import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProofRun } from '../../acceptance/causes/prove.ts';
import { quietPrograms, truthsOf } from '../../acceptance/causes/quiet-programs.ts';
import { confusionTable } from '../../acceptance/causes/tables.ts';
import { causes } from '../../src/causes/index.ts';
import type { Verdicts } from '../../src/causes/judge.ts';
import { bytes } from '../../src/units.ts';
import { mib } from './looks.ts';

/** What is named, with MiB or without. */
function verdicts(named: Readonly<Record<string, number | undefined>>): Verdicts {
  const active = Object.entries(named).map(([name, size]) => ({
    name,
    title: name,
    evidence: [],
    summary: '',
    next: '',
    ...(size !== undefined && { bytes: bytes(size * mib) }),
  }));
  return { active, inactive: [], notJudged: [] };
}

function made(name: string, cause: string, before: Verdicts, after: Verdicts): ProofRun {
  return { proof: { name, cause, lab: 'go-newest-pure', make: async () => 0 }, truth: 0, rss: 0, before, after };
}

test('the confusion matrix has a column for each cause that was made or claims something, and in the cells what it claims more', () => {
  const { columns, rows } = confusionTable([
    made('mmap', 'native_mmap', verdicts({ native_mmap: 2 }), verdicts({ native_mmap: 130, go_reserved: 1.5 })),
    made('a plateau', 'not_a_leak_plateau', verdicts({ go_live_heap: 8 }), verdicts({ go_live_heap: 8, not_a_leak_plateau: undefined })),
  ]);

  assert.deepEqual(columns, ['made', 'is', '1', '2', '3']);
  assert.deepEqual(rows, [
    ['mmap', '1', '128', '', '1.5'],
    ['a plateau', '2', '', 'yes', ''],
  ]);
});

test('what is not named where it was made leaves its cell empty', () => {
  const { rows, notes } = confusionTable([made('mmap', 'native_mmap', verdicts({}), verdicts({ c_malloc_leak: 128 }))]);

  assert.deepEqual(rows, [['mmap', '1', '', '128']]);
  assert.match(notes.join('\n'), /1 `native_mmap`, 2 `c_malloc_leak`/);
});

test('what is true of a quiet program is a cause of the list, and begins in its phase', () => {
  const known = new Set(causes.map(({ name }) => name));
  for (const [program, truths] of Object.entries(quietPrograms)) {
    for (const [cause, { why }] of Object.entries(truths)) {
      assert.ok(known.has(cause), `${program}: ${cause}`);
      assert.match(why, /\w/);
    }
  }
  assert.equal(truthsOf('etcd', 'idle').has('mapped_files'), false);
  assert.equal(truthsOf('etcd', 'after').has('mapped_files'), true);
  assert.deepEqual([...truthsOf('nobody', 'idle')], []);
});
