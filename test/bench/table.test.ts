import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile, spreadOf } from '../../bench/statistics.ts';
import { markdown, mebibytes, number, shown, times } from '../../bench/table.ts';

test('the median of an even count lies between the two in the middle', () => {
  assert.deepEqual(spreadOf([4, 1, 3, 2]), { median: 2.5, least: 1, most: 4 });
  assert.equal(quantile([10, 20], 0.99), 19.9);
});

test('what could not be measured is shown as a dash, never as 0', () => {
  assert.equal(shown(spreadOf([])), '- (- to -)');
  assert.equal(mebibytes(Number.NaN), '-');
  assert.equal(times(1, Number.NaN), '-');
  assert.equal(times(1, 0), '-');
});

test('numbers keep three significant figures', () => {
  assert.deepEqual([1234.5, 12.345, 1.2345, 0.0123, 0].map(number), ['1235', '12.3', '1.23', '0.012', '0.00']);
});

test('a table is Markdown with the command that repeats it', () => {
  const text = markdown({ title: 'Cost', columns: ['what', 'ms'], rows: [['a poll', '7.5']], notes: ['Once.'] }, 'bench cost');

  assert.equal(text, '## Cost\n\n`bench cost`\n\n| what   |  ms |\n|--------|----:|\n| a poll | 7.5 |\n\nOnce.\n\n');
});

test('a table that was skipped has only its notes', () => {
  assert.equal(
    markdown({ title: 'Cost', columns: [], rows: [], notes: ['Skipped: no lab'] }, 'bench cost'),
    '## Cost\n\n`bench cost`\n\nSkipped: no lab\n\n',
  );
});
