import { rssKindTable } from '../../src/model/components/rss.ts';
import { type BookTable, rowsOf } from '../../src/model/components/table.ts';

/** Colors by the value of a label. */
export type Palette = Readonly<Record<string, string>>;

/** Of a book's components, and of what none of them holds. */
export function paletteOf<Name extends string>(table: BookTable<Name>): Palette {
  return { ...Object.fromEntries(rowsOf(table).map(([name, { color }]) => [name, color])), unattributed: table.unattributed.color };
}

/** Of `memgap_rss_kind_bytes`. */
export const kindColors: Palette = Object.fromEntries(Object.entries(rssKindTable).map(([kind, { color }]) => [kind, color]));

/** A total that parts add up to: Grafana's color of text, black on light and white on dark. */
export const totalColor = 'text';

/** A limit. */
export const limitColor = '#c4162a';

/** A line that is laid over parts. */
export const overColor = '#8f3bb8';
