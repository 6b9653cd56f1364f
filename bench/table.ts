import type { Spread } from './statistics.ts';

/** What a bench found: the first column of a row names what was measured. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly string[]>;
  /** How it was measured, and what was left out and why. */
  readonly notes: readonly string[];
}

/** A table as Markdown, its columns aligned, so that a terminal shows it as well; `repeat` is the command that measures it again. */
export function markdown({ title, columns, rows, notes }: Table, repeat: string): string {
  const widths = columns.map((column, index) => Math.max(3, column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, index) => (index === 0 ? (cells[0] ?? '').padEnd(width) : (cells[index] ?? '').padStart(width))).join(' | ')} |`;
  const rule = `|${widths.map((width, index) => (index === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const table = rows.length === 0 ? [] : [line(columns), rule, ...rows.map(line), ''];
  return [`## ${title}`, '', `\`${repeat}\``, '', ...table, ...notes.flatMap((note) => [note, '']), ''].join('\n');
}

/** A measurement with its spread: `6.21 (5.90 to 7.02)`. */
export function shown({ median, least, most }: Spread): string {
  return `${number(median)} (${number(least)} to ${number(most)})`;
}

/** A number with three significant figures; `-` for one that could not be measured. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 3);
}

/** Bytes as MiB with one decimal. */
export function mebibytes(count: number): string {
  return Number.isFinite(count) ? (count / 1024 ** 2).toFixed(1) : '-';
}

/** How many times the baseline: `1.24 x`. */
export function times(value: number, baseline: number): string {
  const ratio = value / baseline;
  return Number.isFinite(ratio) ? `${ratio.toFixed(2)} x` : '-';
}
