import type { Book } from '../../books/balance.ts';
import type { Ledger } from '../../books/ledger.ts';
import type { TargetState } from '../../causes/state.ts';
import { known, type Reading } from '../../model/reading.ts';

/** One Prometheus family: what `# HELP` and `# TYPE` say, and its samples. A family without a sample is left off the page. */
export interface Family<Subject = TargetState> {
  /** Counters end in `_total`, here as in docs/metrics.md; the page takes it off for OpenMetrics. */
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  /** Names the file or field that the value comes from; no quotes and no backslashes (OpenMetrics would want them escaped). */
  readonly help: string;
  /** The family's own labels; the target's (`target`, `namespace`, `pod`, `container`) stand on every sample of a target. */
  readonly labels: readonly string[];
  values(subject: Subject): Iterable<Sample>;
}

/** One sample. There is none for an unknown value. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** Label values of one sample; an empty one is the same as an absent one to Prometheus. */
export type Labels = Readonly<Record<string, string>>;

const none: Labels = {};

/** A gauge of one sample a target, from its ledger; `undefined` is no sample. */
export function gauge(name: string, help: string, read: (ledger: Ledger) => number | undefined): Family {
  return { name, type: 'gauge', help, labels: [], values: ({ ledger }) => (ledger === undefined ? [] : single(read(ledger))) };
}

/** A gauge of one sample of something else than a target; `undefined` is no sample. */
export function gaugeOf<Subject>(name: string, help: string, read: (subject: Subject) => number | undefined): Family<Subject> {
  return { name, type: 'gauge', help, labels: [], values: (subject) => single(read(subject)) };
}

/** A counter of one sample a target, from its ledger; `undefined` is no sample. */
export function counter(name: string, help: string, read: (ledger: Ledger) => number | undefined): Family {
  return { ...gauge(name, help, read), type: 'counter' };
}

/**
 * The parts of a book, so that their sum is the book's total. `unattributed` is a part too: `always`, or `if not 0` where a kernel or a
 * runtime that tells everything leaves none, and a constant 0 would only be a series more.
 */
export function partition<Component extends string>(
  name: string,
  label: string,
  help: string,
  unattributed: 'always' | 'if not 0',
  read: (ledger: Ledger) => Reading<Book<Component>>,
): Family {
  return {
    name,
    type: 'gauge',
    help,
    labels: [label],
    *values({ ledger }) {
      const book = ledger && known(read(ledger));
      if (book === undefined) return;
      yield* labeled(label, book.components);
      if (unattributed === 'always' || book.unattributed !== 0) yield { labels: { [label]: 'unattributed' }, value: book.unattributed };
    },
  };
}

/** One sample, or none for `undefined`. */
export function single(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [{ labels: none, value }];
}

/** One sample for each known entry, its key as the value of `label`. */
export function* labeled(label: string, values: Readonly<Record<string, number | undefined>>): Iterable<Sample> {
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) yield { labels: { [label]: key }, value };
  }
}
