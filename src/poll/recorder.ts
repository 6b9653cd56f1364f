import { type Missing, missing, type Reading } from '../model/reading.ts';
import type { SourceOutcome } from '../model/snapshot.ts';
import type { Source } from '../model/source.ts';
import { tape } from '../tape.ts';

/** Runs sources and keeps how each did: one for each snapshot. */
export interface Recorder {
  /** How each source did, the last time that it was run. */
  readonly outcomes: Readonly<Record<string, SourceOutcome>>;
  /** Every failure, in the order they happened: what `memgap_source_errors_total` counts. */
  readonly failures: ReadonlyArray<{ readonly source: string; readonly reason: Missing }>;
  run<Target, T>(source: Source<Target, T>, target: Target, signal: AbortSignal, onTaken?: () => void): Promise<Reading<T>>;
  /** Takes a source's answer back: it answered, but for something else. */
  refuse(source: string, why: Reading<never>): void;
  /** Shows the outcome of a source that was not run again: no new failure. Nothing where there is none. */
  repeat(source: string, outcome: SourceOutcome | undefined): void;
}

/** `onBug` hears of an exception, which no source should throw; that source counts as malformed and the others stand. */
export function createRecorder(onBug: (error: unknown, source: string) => void): Recorder {
  const outcomes: Record<string, SourceOutcome> = {};
  const failures: Array<{ source: string; reason: Missing }> = [];

  async function run<Target, T>(source: Source<Target, T>, target: Target, signal: AbortSignal, onTaken?: () => void): Promise<Reading<T>> {
    const { reading, seconds } = await timed(source, target, signal, onTaken);
    outcomes[source.name] = reading.ok ? { ok: true, seconds } : { ...reading, seconds };
    if (!reading.ok) failures.push({ source: source.name, reason: reading.reason });
    return reading;
  }

  async function timed<Target, T>(source: Source<Target, T>, target: Target, signal: AbortSignal, onTaken?: () => void) {
    const onTape = tape();
    if (onTape !== undefined) return onTape.run(source.name, signal, () => attempt(source, target, signal, onTaken));
    const begin = performance.now();
    const reading = await attempt(source, target, signal, onTaken);
    return { reading, seconds: (performance.now() - begin) / 1000 };
  }

  async function attempt<Target, T>(
    source: Source<Target, T>,
    target: Target,
    signal: AbortSignal,
    onTaken?: () => void,
  ): Promise<Reading<T>> {
    try {
      return await source.read(target, signal, onTaken);
    } catch (error) {
      onBug(error, source.name);
      return missing('malformed', `a bug in memgap's source ${source.name}: see its log, and please report it`);
    }
  }

  function refuse(source: string, why: Reading<never>): void {
    if (why.ok) return;
    outcomes[source] = { ...why, seconds: outcomes[source]?.seconds ?? 0 };
    failures.push({ source, reason: why.reason });
  }

  function repeat(source: string, outcome: SourceOutcome | undefined): void {
    if (outcome !== undefined) outcomes[source] = outcome;
  }

  return { outcomes, failures, run, refuse, repeat };
}
