import { found, type Reading } from '../model/reading.ts';
import type { Bytes } from '../model/units.ts';

/** One line: so many bytes, of what, as told by which file or field. */
export interface Row {
  /** 0 for a book's total, 1 and 2 for what it is made of. */
  readonly depth: 0 | 1 | 2;
  readonly label: string;
  readonly size: Reading<Bytes>;
  readonly source: string;
}

/** One book: its total first, then the parts that add up to it. */
export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** The largest size in a section, which its bars are drawn against; never 0. */
export function widest({ rows }: Section): number {
  return Math.max(1, ...rows.map(({ size }) => (size.ok ? Math.abs(size.value) : 0)));
}

/** The line of a part, or none where it is not known. */
export function part(label: string, size: Bytes | undefined, source: string): readonly Row[] {
  return size === undefined ? [] : [{ depth: 1, label, size: found(size), source }];
}
