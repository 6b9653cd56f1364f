import { budgets } from '../budgets.ts';
import type { Problem } from '../model/problem.ts';
import { printable } from '../untrusted.ts';
import { redactIfAddress } from './endpoint-address.ts';

/** A problem as one line: `memgap.yml:7:14: targets[0].go.pprof: expected ...`. */
export function formatProblem({ file, line, column, message }: Problem): string {
  if (file === undefined) return message;
  return `${printable(redactIfAddress(file), 256)}:${line === undefined ? '' : `${line}:${column}:`} ${message}`;
}

/** The problems in the order of the text, 20 at max; of `others` and more the last says how many (at least, if not all were read). */
export function sortedProblems(problems: readonly Problem[], others = 0, isCut = false): readonly Problem[] {
  const max = budgets.configProblems.maxProblems;
  const sorted = problems.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0));
  if (sorted.length + others <= max) return sorted;
  const shown = sorted.slice(0, max - 1);
  const { file } = problems[0] ?? {};
  const count = sorted.length - shown.length + others;
  return [...shown, { ...(file !== undefined && { file }), message: `and ${isCut ? 'at least ' : ''}${count} more problems` }];
}
