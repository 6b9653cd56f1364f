import { goTable } from '../model/components/go.ts';
import { rssTable } from '../model/components/rss.ts';
import { namesOf } from '../model/components/table.ts';
import { formatBytes } from '../model/units.ts';
import { isGivenBack, type Line, type UndecidedReason, type Verdict } from './judge.ts';
import { totals } from './measure.ts';

/** What a test came to in plain words, a line each: the verdict first, then what grew, what is kept and what came back. */
export function verdictWords(verdict: Verdict): readonly string[] {
  const { lines, step, cycles } = verdict;
  if (verdict.doubt?.kind === 'no-load') return [headline(verdict, [])];
  const grew = largestFirst(lines.filter(({ canLeak, shape }) => canLeak && shape === 'line'));
  const kept = lines.filter((line) => isPart(line) && !grew.includes(line) && stayed(line) >= step);
  const back = lines.filter((line) => isPart(line) && cameBack(line) >= step);
  return [
    headline(verdict, grew),
    ...means[verdict.beyondGo],
    `grew: ${listed(grew, (line) => `${formatBytes(growth(line))} a cycle`) ?? `nothing by ${formatBytes(step)} a cycle or more`}`,
    `kept after the last load, for reuse: ${listed(kept, (line) => formatBytes(stayed(line))) ?? `nothing of ${formatBytes(step)} or more`}`,
    `came back: ${listed(back, (line) => formatBytes(cameBack(line))) ?? `nothing of ${formatBytes(step)} or more`}`,
    ...(cycles < 3 ? ['fewer than 3 cycles: a line is not told from a warm-up'] : []),
  ];
}

/** What a reader must know who is used to a verdict by component. */
const means: Readonly<Record<Verdict['beyondGo'], readonly string[]>> = {
  owners: [],
  unexplained: ["judged without the owners of RSS: what is not Go's as one size, unexplained"],
  rss: ['judged without the owners of RSS: all of it as one size'],
  nothing: [],
};

function headline({ verdict, doubt, cycles, lines, step }: Verdict, grew: readonly Line[]): string {
  const rss = lines.find(({ name }) => name === 'rss');
  const level = rss?.after.at(-1);
  const at =
    level === undefined ? '' : `: RSS stands at ${formatBytes(level)}${rss?.idle === undefined ? '' : `, from ${formatBytes(rss.idle)}`}`;
  const loads = `${cycles} load${cycles === 1 ? '' : 's'}`;
  switch (verdict) {
    case 'leak':
      return `LEAK: after each of ${loads} more stays in ${grew.map(({ name }) => name).join(', ')}`;
    case 'reclaimable':
      return `NO LEAK: RSS rises${rate(rss)}, in what comes back when somebody wants the room${growing(lines.filter(isGivenBack), step)}`;
    case 'plateau':
      return `PLATEAU, no leak: what stays ${isSame(rss, step) ? 'is the same after' : 'rose at first, and not with'} each of ${loads}${at}`;
    case 'flat':
      return `NO LEAK: nothing stays of ${loads}${at}`;
    case 'undecided':
      return `UNDECIDED: ${doubt === undefined ? '' : reasonOf(doubt, rss, step, cycles)}`;
  }
}

function reasonOf(doubt: UndecidedReason, rss: Line | undefined, step: number, cycles: number): string {
  switch (doubt.kind) {
    case 'no-load':
      return 'no load was recorded to its end';
    case 'few-loads':
      return `something stayed of the last load, and ${cycles} are too few to tell a leak from a warm-up (--cycles 3)`;
    case 'no-rss':
      return "RSS is not known, so a leak outside of Go's accounts would not be seen (tell the process: --target.pid, or --target.metrics)";
    case 'spread':
      return `RSS rises${rate(rss)}, and no part of it by ${formatBytes(step)} or more`;
    case 'lost':
      return `${doubt.lost.map(({ names, loads }) => `${names.join(', ')} can't be compared: not known after load ${loads.join(', ')}`).join('; ')}`;
  }
}

/** ` by 8 MiB a cycle`; nothing where one load tells no rate. */
function rate(line: Line | undefined): string {
  return line?.perCycle === undefined ? '' : ` by ${formatBytes(line.perCycle)} a cycle`;
}

/** The largest of those that grew, after a colon; nothing where each grew by next to nothing. */
function growing(lines: readonly Line[], step: number): string {
  const largest = largestFirst(lines.filter((line) => growth(line) >= step / 4)).slice(0, 3);
  const names = listed(largest, (line) => formatBytes(growth(line)));
  return names === undefined ? '' : `: ${names}`;
}

function isSame(rss: Line | undefined, step: number): boolean {
  return rss === undefined || Math.max(...rss.after) - Math.min(...rss.after) < step;
}

function largestFirst(lines: readonly Line[]): readonly Line[] {
  return lines.toSorted((one, other) => growth(other) - growth(one));
}

/** Totals, address space that is given back, and the part of the RSS book that the Go book has in more detail. */
const notParts = new Set<string>([
  ...totals,
  ...namesOf(goTable, ({ within }) => within === undefined),
  ...namesOf(rssTable, ({ growth }) => growth === 'elsewhere'),
]);

function isPart({ name }: Line): boolean {
  return !notParts.has(name);
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
