import { styleText } from 'node:util';
import type { Ledger } from '../books/ledger.ts';
import type { Verdicts } from '../causes/engine/judge.ts';
import type { Past } from '../history/past.ts';
import type { Reading } from '../model/reading.ts';
import type { LastObservation } from '../model/snapshot.ts';
import { type Bytes, formatBytes } from '../model/units.ts';
import { printable } from '../untrusted.ts';
import { gaps } from './gaps.ts';
import { circumstances, headline, lastSeen, trend } from './notes.ts';
import { rightSizeLines } from './right-size-lines.ts';
import { type Row, type Section, widest } from './section.ts';
import { sentences, unjudged } from './verdict.ts';
import { waterfall } from './waterfall.ts';

/** What stands around the waterfall. */
export interface ExplainOptions {
  /** For a terminal only. */
  readonly color: boolean;
  readonly past?: Past | undefined;
  readonly lastObservation?: LastObservation | undefined;
  readonly verdicts?: Verdicts | undefined;
}

const labelWidth = 48;
const sizeWidth = 12;
const barWidth = 12;

/**
 * The waterfall for a terminal: a line each with its bytes, its share as a bar, its source; a missing one with the reason; then what to do,
 * the verdict, and the right size of a process that is watched. No control character of a target's gets through.
 */
export function explainText(ledger: Ledger, options: ExplainOptions): string {
  const paint = (style: 'bold' | 'dim' | 'yellow' | 'cyan', text: string) =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const about = [...circumstances(ledger), ...trend(options.past), ...lastSeen(options.lastObservation, ledger.snapshot)];
  const lines = [paint('bold', printable(headline(ledger))), ...about.map((text) => paint('dim', printable(text)))];
  for (const section of waterfall(ledger)) lines.push('', paint('bold', section.title), ...section.rows.map((row) => line(row, section)));
  const missing = gaps(ledger);
  if (missing.length > 0) lines.push('', paint('bold', 'Not known, and what to do'));
  for (const { source, reason, detail, next } of missing) {
    lines.push(`  ${paint('yellow', `${source}: ${reason}`)}  ${printable(detail)}`);
    if (next !== undefined) lines.push(`    -> ${next}`);
  }
  if (options.verdicts !== undefined) lines.push(...verdictLines(options.verdicts));
  lines.push(...sizeLines(options));
  return `${lines.join('\n')}\n`;

  function verdictLines(verdicts: Verdicts): readonly string[] {
    const said = sentences(verdicts).flatMap(({ title, summary, evidence, next, runbook }) => [
      `  ${paint('bold', printable(title))}`,
      `    ${printable(summary)}`,
      ...evidence.map((each) => paint('dim', `    ${printable(each)}`)),
      ...next.map((each, index) => `    -> ${each}${index === next.length - 1 ? ` ${paint('dim', `(${runbook})`)}` : ''}`),
    ]);
    const rest = unjudged(verdicts).map((each) => `  ${paint('dim', printable(each))}`);
    return said.length + rest.length === 0 ? [] : ['', paint('bold', 'Verdict'), ...said, ...rest];
  }

  function sizeLines({ past, lastObservation }: ExplainOptions): readonly string[] {
    const sizing = rightSizeLines(ledger, past, lastObservation);
    if (sizing === undefined) return [];
    const { settings, reasons, caveats } = sizing;
    const why = [
      ...reasons.map((each) => paint('dim', `    ${printable(each)}`)),
      ...caveats.map((each) => `    ${paint('yellow', printable(each))}`),
    ];
    return ['', paint('bold', 'Right size'), `  ${paint('bold', settings)}`, ...why];
  }

  function line(row: Row, section: Section): string {
    const tree = branch(row, section);
    const label = `${tree}${fitting(printable(row.label), labelWidth - tree.length - 1)}`.padEnd(labelWidth);
    if (!row.size.ok) return `${label}${paint('yellow', sizeText(row.size))}  ${paint('dim', row.source)}`;
    return `${label}${sizeText(row.size)}  ${paint('cyan', bar(row.size.value / widest(section)))}  ${paint('dim', row.source)}`;
  }
}

/** A path's end says more than its start. */
function fitting(label: string, width: number): string {
  return label.length <= width ? label : `…${label.slice(1 - width)}`;
}

function sizeText(size: Reading<Bytes>): string {
  return size.ok ? formatBytes(size.value).padStart(sizeWidth) : `${'-'.padStart(sizeWidth)}  not known: ${size.reason}`;
}

/** The tree's lines: `├ `, `└ `, `  ├ `. */
function branch(row: Row, { rows }: Section): string {
  if (row.depth === 0) return '  ';
  const rest = rows.slice(rows.indexOf(row) + 1);
  const last = rest.find(({ depth }) => depth <= row.depth)?.depth !== row.depth;
  return `  ${'  '.repeat(row.depth - 1)}${last ? '└ ' : '├ '}`;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function bar(ratio: number): string {
  const steps = Math.round(Math.abs(ratio) * barWidth * 8);
  return `${'█'.repeat(Math.floor(steps / 8))}${eighths[steps % 8] ?? ''}`.padEnd(barWidth);
}
