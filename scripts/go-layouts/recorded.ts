import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseGoVersion } from '../../src/model/go-layouts.ts';
import type { GoFacts } from './facts.ts';

/** What programs of each release said of their runtime: a column for a release, `-` for what it has not. */
export const recordedPath = join(import.meta.dirname, '../../test/fixtures/go/layouts.txt');

/** By release (`go1.27.4`), the oldest first. */
export function readRecorded(): ReadonlyMap<string, GoFacts> {
  const [header = [], ...rows] = readFileSync(recordedPath, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/ +/));
  return new Map(
    header.slice(1).map((release, column) => {
      const cells = rows.map(([name = '', ...values]) => [name, values[column]] as const).filter(([, value]) => value !== '-');
      return [release, Object.fromEntries(cells.map(([name, value]) => [name, Number(value)]))];
    }),
  );
}

/** The same as text, the columns below one another. */
export function formatRecorded(releases: ReadonlyMap<string, GoFacts>, names: readonly string[]): string {
  const columns = [...releases].toSorted(([one], [other]) => minorOf(one) - minorOf(other));
  const rows = [
    ['name', ...columns.map(([release]) => release)],
    ...names.map((name) => [name, ...columns.map(([, facts]) => String(facts[name] ?? '-'))]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(' ')
      .trimEnd(),
  );
  return `# Written by: node --import tsx scripts/go-layouts.ts PROGRAM...\n${lines.join('\n')}\n`;
}

function minorOf(release: string): number {
  return parseGoVersion(release)?.minor ?? 0;
}
