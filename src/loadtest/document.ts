import type { ConditionOutcome } from './condition.ts';
import type { Verdict } from './judge.ts';
import type { Phase } from './measure.ts';
import { verdictWords } from './words.ts';

/** The test as JSON, schema 1; sizes in bytes as integers, times in Unix seconds, an absent key for what is not known. */
export function loadtestDocument(
  phases: ReadonlyArray<Phase & { readonly ledger?: object | undefined }>,
  verdict: Verdict,
  outcomes: readonly ConditionOutcome[],
  notes: readonly string[],
): object {
  return {
    schema: 1,
    verdict: verdict.verdict,
    cycles: verdict.cycles,
    step: Math.round(verdict.step),
    summary: verdictWords(verdict),
    notes,
    sizes: Object.fromEntries(
      verdict.lines.map(({ name, idle, peak, after, perCycle, shape, canLeak }) => [
        name,
        { idle, peak, after, growth_per_cycle: perCycle === undefined ? undefined : Math.round(perCycle), shape, can_leak: canLeak },
      ]),
    ),
    fail_if: outcomes.map(({ condition, holds, growth }) => ({
      condition,
      holds: holds === 'unknown' ? undefined : holds,
      growth_per_cycle: growth === undefined ? undefined : Math.round(growth),
    })),
    phases: phases.map(({ name, cycle, from, until, samples, collected, floors, peaks, ledger }) => ({
      phase: name,
      cycle,
      from,
      until,
      samples,
      collected,
      floors,
      peaks,
      ledger,
    })),
  };
}
