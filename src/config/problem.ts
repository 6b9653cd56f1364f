import { printable } from '../untrusted.ts';
import { redactIfAddress } from './address.ts';

/** One thing that is wrong with a configuration. `message` is a single line that names the field or the flag, and never a secret's value. */
export interface Problem {
  /** Absent when the configuration comes from flags. */
  readonly file?: string;
  /** Line and column count from 1, and are absent when the file as a whole is at fault. */
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

/** A problem as one line: `memgap.yml:7:14: targets[0].go.pprof: expected ...`. */
export function formatProblem({ file, line, column, message }: Problem): string {
  if (file === undefined) return message;
  return `${printable(redactIfAddress(file), 256)}:${line === undefined ? '' : `${line}:${column}:`} ${message}`;
}

const mostProblems = 20;

/** The problems in the order of the text, 20 at most; if there are more, the last one says how many. */
export function sortedProblems(problems: readonly Problem[]): readonly Problem[] {
  const sorted = problems.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0));
  if (sorted.length <= mostProblems) return sorted;
  const shown = sorted.slice(0, mostProblems - 1);
  const { file } = problems[0] ?? {};
  return [...shown, { ...(file !== undefined && { file }), message: `and ${sorted.length - shown.length} more problems` }];
}
