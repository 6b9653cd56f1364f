import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { proofs } from '../../acceptance/causes/proofs.ts';
import type { ProofRun } from '../../acceptance/causes/prove.ts';
import { quietPrograms, truthsOf } from '../../acceptance/causes/quiet-programs.ts';
import { confusionTable } from '../../acceptance/causes/tables.ts';
import type { Verdicts } from '../../src/causes/engine/judge.ts';
import { causes } from '../../src/causes/index.ts';
import { bytes } from '../../src/model/units.ts';
import { mib } from './looks.ts';

/** Proofs that `make causes` has not been run with yet: a new one belongs here only until it has. */
const notRunYet = [
  'idle heap under GOGC=off and a GOMEMLIMIT',
  'garbage with GOGC=off',
  'the same with the oldest Go',
  'a peak of the heap that is over',
  'a peak of native memory that is over',
  'a peak of a mapped file that is over',
  'code made at run time',
  'a private mapping of a file, written',
  'a private mapping of a memfd, written',
  'a locked file',
  'memfd_secret',
  'a ring of packets, mapped twice',
  'a BPF ring buffer, which maps its data twice',
  'rings of io_uring',
  "io_uring's buffers, unmapped",
  'pages in pipes, unmapped',
  'live heap that other code gave back',
  'a memfd that is mapped twice',
];

test('docs/causes/accuracy.md has a row for every proof', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/causes/accuracy.md'), 'utf8');
  const rows = new Set([...text.matchAll(/^\| (.+?) +\| +\S+ \| /gm)].map(([, name]) => name));
  assert.deepEqual(
    proofs.map(({ name }) => name).filter((name) => !rows.has(name)),
    notRunYet,
  );
});

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
