import type { SourceOutcome } from '../model/snapshot.ts';
import { secondsSince } from '../tape.ts';
import type { Recorder } from './recorder.ts';

/** How long a reading that is kept stands. */
interface Terms<Asked, T> {
  /** Whether what was read stands at all: what is not there now may come, and a right can be granted later. By default it does. */
  readonly while?: (reading: T, asked: Asked) => boolean;
  /** After how long it is read again whatever it is, by the seconds that it took; by default never. */
  readonly retryAfter?: (seconds: number) => number;
  /** What a record knows these seconds by (src/tape.ts); without it they are not measured. */
  readonly measured?: string;
  /** What it is of: for another one it is read again. */
  readonly of?: (asked: Asked) => unknown;
  /** The sources whose outcomes are shown again with it, in polls that do not run them. */
  readonly shows: readonly string[];
}

/** A reading that is made when it is due, and else is what it was. */
export type Cached<Asked, T> = (recorder: Recorder, asked: Asked, signal: AbortSignal) => Promise<T>;

/** Keeps what `source` comes to, on these terms; `now` counts what `retryAfter` does, and a clock that was set back makes it due. */
export function cached<Asked, T>(source: Cached<Asked, T>, terms: Terms<Asked, T>, now: () => number = () => 0): Cached<Asked, T> {
  let kept: { readonly reading: T; readonly of: unknown; readonly at: number; readonly until: number } | undefined;
  let outcomes: ReadonlyArray<readonly [string, SourceOutcome | undefined]> = [];

  return async (recorder, asked, signal) => {
    const at = now();
    const of = terms.of?.(asked);
    if (kept !== undefined && kept.of === of && at >= kept.at && at < kept.until) {
      for (const [name, outcome] of outcomes) recorder.repeat(name, outcome);
      return kept.reading;
    }
    const begin = performance.now();
    const reading = await source(recorder, asked, signal);
    const seconds = terms.measured === undefined ? 0 : secondsSince(begin, terms.measured);
    const until = at + (terms.retryAfter?.(seconds) ?? Number.POSITIVE_INFINITY);
    if (terms.while?.(reading, asked) === false) return reading;
    kept = { reading, of, at, until };
    outcomes = terms.shows.map((name) => [name, recorder.outcomes[name]]);
    return reading;
  };
}
