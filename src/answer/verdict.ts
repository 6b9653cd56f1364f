import type { Evidence } from '../causes/engine/cause.ts';
import type { ActiveCause, Verdicts } from '../causes/engine/judge.ts';
import { formatBytes } from '../model/units.ts';

/** One cause that holds, in words. */
export interface Sentence {
  /** `61.2 MiB  idle Go heap, kept for reuse (go_reserved)`. */
  readonly title: string;
  readonly summary: string;
  /** `HeapIdle - HeapReleased 61.2 MiB`, one for each number that it rests on. */
  readonly evidence: readonly string[];
  /** A line each. */
  readonly next: readonly string[];
  /** Below the project's documentation. */
  readonly runbook: string;
}

/** What the books come to in plain words: a sentence for each cause that holds, the most bytes first. */
export function sentences({ active }: Verdicts): readonly Sentence[] {
  return active.map((cause) => ({
    title: titleOf(cause),
    summary: cause.summary,
    evidence: cause.evidence.map(({ source, what, ...number }) => `${what}: ${quantity(number)} (${source})`),
    next: cause.next.split('\n'),
    runbook: runbookOf(cause.name),
  }));
}

/** Which causes were not judged and why, in a line for each reason; none where all were. */
export function unjudged({ notJudged }: Verdicts): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, reason, detail } of notJudged) {
    const why = `${reason}: ${detail}`;
    byReason.set(why, [...(byReason.get(why) ?? []), name]);
  }
  return [...byReason].map(([why, names]) => `${names.join(', ')}: not judged, ${why}`);
}

/** The page that says what a cause means and what to do, below the project's documentation. */
export function runbookOf(name: string): string {
  return `docs/causes/${name}.md`;
}

function titleOf({ bytes, title, name, isDoubtful }: ActiveCause): string {
  return `${bytes === undefined ? 'note' : formatBytes(bytes)}  ${isDoubtful === true ? 'perhaps ' : ''}${title} (${name})`;
}

function quantity({ value, unit }: Pick<Evidence, 'value' | 'unit'>): string {
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'bytes a second') return `${formatBytes(value)} a second`;
  if (unit === 'bytes an hour') return `${formatBytes(value)} an hour`;
  if (unit === 'ratio') return `${(value * 100).toFixed(1)} %`;
  if (unit === 'seconds') return `${Math.round(value)} s`;
  return String(value);
}
