import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foreignTable, leakTable, programTable, releasedTable } from '../../acceptance/accuracy/tables.ts';
import { leak, look, mib, phase } from './looks.ts';

test('programs: least and most of a phase, of its stable looks; the others are listed with theirs', () => {
  const seen = [look(), look({ total: 120 * mib, score: 0.0004 }), look({ score: 0.09 }, { stable: false, skew: 3 * mib })];
  const { rows, notes } = programTable([phase(seen, { looking: { memoryReads: true } })]);
  const [row] = rows;
  assert.deepEqual(row?.slice(0, 8), [
    'made-up',
    '1.26.1',
    'load, memory reads',
    '100.0 to 120.0',
    '8.33 % to 10.00 %',
    '0.02 % to 0.04 %',
    '0.00 %',
    '2 of 3',
  ]);
  assert.ok(notes.includes('Unstable: made-up load, memory reads 3: moved by 3.0 MiB, score 9.00 %.'), notes.join('\n'));
});

test('a program with foreign memory is marked, one without is not', () => {
  const foreign = look({ components: { go_arenas: 70 * mib, native_mmap: 30 * mib } });
  const last = (seen: ReturnType<typeof look>) => programTable([phase([seen])]).rows[0]?.at(-1);
  assert.equal(last(foreign), 'go_arenas 70.0, native_mmap 30.0 *');
  assert.equal(last(look()), 'go_arenas 80.0, exe_file 20.0');
});

test('leaks: a column for each Go, a row for each kind of build; what grew elsewhere is WRONG, what was not measured a dash', () => {
  const wrong = leak({ lab: 'go1.19-pie', grown: { go_metadata: 128 * mib } });
  const { columns, rows } = leakTable([leak(), wrong, leak({ lab: 'go1.19-pure', grown: undefined })]);
  assert.deepEqual(columns.slice(3), ['go1.26', 'go1.19', 'unattributed']);
  assert.deepEqual(rows, [
    ['mmap, pure', 'native_mmap', '128.0', '128.0 (0.00 %)', '-', '0.00 %'],
    ['mmap, pie', 'native_mmap', '128.0', '', '0.0 (-100.00 %) WRONG', '0.00 %'],
  ]);
});

test('foreign and released memory have tables of their own, with NO where the truth lies outside', () => {
  const outside = look({ total: 228 * mib, components: { native_mmap: mib }, foreign: { estimate: mib, low: mib, high: 2 * mib } });
  assert.deepEqual(
    foreignTable([leak(), leak({ after: outside })]).rows.map((row) => row.slice(3)),
    [
      ['128.0', '126.0', '128.0', '0.88 %', 'yes'],
      ['128.0', '1.0', '2.0', '0.44 %', 'NO'],
    ],
  );
  const released = (ceiling: number) => look({ released_resident: { floor: 0, ceiling: ceiling * mib } });
  const huge = { leak: 'huge-released', component: 'go_released_resident', grown: { go_released_resident: 0 } };
  const table = releasedTable([leak(), leak({ ...huge, after: released(130) }), leak({ ...huge, after: released(9) })]);
  assert.deepEqual(
    table.rows.map((row) => row.at(-1)),
    ['yes', 'NO'],
  );
});
