import { formatBytes } from '../units.ts';
import type { Line, Verdict } from './judge.ts';

/** What a test came to in plain words, a line each: the verdict first, then what grew, what is kept and what came back. */
export function verdictWords(verdict: Verdict): readonly string[] {
  const { lines, step, cycles } = verdict;
  const grew = lines.filter(({ canLeak, shape }) => canLeak && shape === 'line').toSorted((one, other) => growth(other) - growth(one));
  const kept = lines.filter((line) => isPart(line) && line.shape !== 'line' && stayed(line) >= step);
  const back = lines.filter((line) => isPart(line) && cameBack(line) >= step);
  return [
    headline(verdict, grew),
    `grew: ${listed(grew, (line) => `${formatBytes(growth(line))} a cycle`) ?? `nothing by ${formatBytes(step)} a cycle or more`}`,
    `kept after the last load, for reuse: ${listed(kept, (line) => formatBytes(stayed(line))) ?? `nothing of ${formatBytes(step)} or more`}`,
    `came back: ${listed(back, (line) => formatBytes(cameBack(line))) ?? `nothing of ${formatBytes(step)} or more`}`,
    ...(cycles < 3 ? ['fewer than 3 cycles: a line is not told from a warm-up'] : []),
  ];
}

function headline({ verdict, cycles, lines }: Verdict, grew: readonly Line[]): string {
  const rss = lines.find(({ name }) => name === 'rss');
  const level = rss?.after.at(-1);
  const at =
    level === undefined ? '' : `: RSS stands at ${formatBytes(level)}${rss?.idle === undefined ? '' : `, from ${formatBytes(rss.idle)}`}`;
  switch (verdict) {
    case 'leak':
      return `LEAK: after each of ${cycles} loads more stays in ${grew.map(({ name }) => name).join(', ')}`;
    case 'plateau':
      return `PLATEAU, no leak: what stays is the same after each of ${cycles} loads${at}`;
    case 'flat':
      return `NO LEAK: nothing stays of ${cycles} loads${at}`;
    case 'undecided':
      return `UNDECIDED: something stayed of the last load, and ${cycles} are too few to tell a leak from a warm-up (--cycles 3)`;
  }
}

const totals = new Set(['rss', 'used', 'unexplained', 'usage', 'unreclaimable']);
/** Address space that is given back, and the part of the RSS book that the Go book has in more detail. */
const notParts = new Set(['heap_released', 'go_arenas', 'go_metadata']);

function isPart({ name }: Line): boolean {
  return !totals.has(name) && !notParts.has(name);
}

function growth({ perCycle = 0 }: Line): number {
  return perCycle;
}

function stayed({ idle, after }: Line): number {
  return (after.at(-1) ?? 0) - (idle ?? after[0] ?? 0);
}

function cameBack({ peak, after }: Line): number {
  return (peak ?? 0) - (after.at(-1) ?? 0);
}

function listed(lines: readonly Line[], size: (line: Line) => string): string | undefined {
  return lines.length === 0 ? undefined : lines.map((line) => `${line.name} ${size(line)}`).join(', ');
}
