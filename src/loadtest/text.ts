import { formatBytes } from '../model/units.ts';
import { printable } from '../untrusted.ts';
import type { ConditionOutcome } from './condition.ts';
import type { Line, Verdict } from './judge.ts';
import type { Phase } from './measure.ts';
import { verdictWords } from './words.ts';

const nameWidth = 24;
const sizeWidth = 11;
const minShownBytes = 64 * 1024; // what is smaller all the time is left out of the table; the JSON has it

/** The table for a terminal, then the verdict, then what came of each `--fail-if`. */
export function loadtestText(
  phases: readonly Phase[],
  verdict: Verdict,
  outcomes: readonly ConditionOutcome[],
  notes: readonly string[],
): string {
  const lines = [
    ...(verdict.lines.length === 0 ? [] : table(phases, verdict)),
    ...verdictWords(verdict),
    ...notes.map((note) => `note: ${printable(note)}`),
    ...outcomes.map(({ condition, holds, growth }) => {
      const found = growth === undefined ? '' : ` (${formatBytes(growth)} a cycle)`;
      return `--fail-if ${printable(condition)}: ${holds === 'unknown' ? 'can not be told, which fails' : holds ? 'FAILED' : 'passed'}${found}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function table(phases: readonly Phase[], { lines, cycles }: Verdict): readonly string[] {
  const head = ['idle', 'peak', ...Array.from({ length: cycles }, (_, index) => `after ${index + 1}`), 'a cycle'];
  return [
    `${phases.length} phases, ${phases.reduce((sum, { samples }) => sum + samples, 0)} snapshots; the floor of each phase`,
    '',
    `${''.padEnd(nameWidth)}${head.map((title) => title.padStart(sizeWidth)).join('')}`,
    ...lines.filter(isShown).map(row),
    '',
  ];
}

function isShown({ idle = 0, peak = 0, after }: Line): boolean {
  return Math.max(idle, peak, ...after) >= minShownBytes;
}

function row({ name, idle, peak, after, perCycle, shape }: Line): string {
  const sizes = [idle, peak, ...after, perCycle].map((size) => (size === undefined ? '-' : formatBytes(size)).padStart(sizeWidth));
  return `${printable(name).padEnd(nameWidth)}${sizes.join('')}  ${shape}`;
}
