import { type RssBook, rssBook } from '../books/owners/book.ts';
import type { Seen } from '../books/owners/seen.ts';
import type { MemStats } from '../model/go.ts';
import type { SmapsRollup } from '../model/mapping.ts';
import { found, known, mapReading, missing, type Reading } from '../model/reading.ts';
import type { Aged } from '../model/snapshot.ts';
import { walkInterval } from './budget.ts';
import type { Walk } from './walk.ts';

/** What a walk came to, by the Go numbers around it. */
export interface WalkBook {
  readonly rollup: Reading<Aged<SmapsRollup>>;
  readonly book: Reading<Aged<RssBook>>;
  /** The Go numbers are another process's, as the mappings show: `mismatch`. The book then goes without them. */
  readonly refusal: Reading<never> | undefined;
}

/** A walk and its book; one that was cut has none. */
export interface BookedWalk {
  readonly walk: Walk;
  readonly book: WalkBook | undefined;
}

/** What is kept of the walks over one program, when their mappings are let go. */
export interface WalksKept {
  readonly last: Pick<Walk, 'cost' | 'outcomes'> | undefined;
  readonly current: WalkBook;
  readonly lastGood: { readonly rollup: Aged<SmapsRollup> | undefined; readonly book: Aged<RssBook> | undefined };
  readonly knownGoRanges: Seen | undefined;
}

const unread = missing('disabled', 'the mappings were not walked yet');
const noGo = missing('disabled', 'no Go numbers are known while the mappings are walked');

/** Of a program that was not walked yet. */
export const noWalks: WalksKept = {
  last: undefined,
  current: { rollup: unread, book: unread, refusal: undefined },
  lastGood: { rollup: undefined, book: undefined },
  knownGoRanges: undefined,
};

/** The book of a walk, by the Go numbers around it. Pure. */
export function bookOf(
  { mappings, rollup, evidence, cost: { at } }: Walk,
  before: Reading<MemStats>,
  after: Reading<MemStats>,
  knownGoRanges: Seen | undefined,
): WalkBook {
  const aged = mapReading(rollup, (value) => ({ value, at }));
  if (!mappings.ok) return { rollup: aged, book: mappings, refusal: undefined };
  const asked = { ...evidence, mappings: mappings.value };
  const book = rssBook({ ...asked, before, after }, knownGoRanges);
  const refusal = book.ok || book.reason !== 'mismatch' ? undefined : book;
  const made = refusal === undefined ? book : rssBook({ ...asked, before: refusal, after: refusal }, knownGoRanges);
  return { rollup: aged, book: mapReading(made, (value) => ({ value, at })), refusal };
}

/** What share of a book its Go numbers leave open, for they moved: the walk may be repeated. */
export function openShare({ book }: WalkBook): number | undefined {
  const value = known(book)?.value;
  return value === undefined || value.total === 0 ? undefined : (value.bracketWidth + value.moved) / value.total;
}

/** What is kept of the walks after a poll: its `best` is settled with, its `last` was paid for; `refused`: without the Go numbers. Pure. */
export function settle(
  before: WalksKept,
  best: BookedWalk | undefined,
  last: Walk | undefined,
  refused: Reading<never> | undefined,
): WalksKept {
  if (best === undefined || last === undefined) return before;
  const { knownGoRanges, lastGood } = before;
  const gap = refused ?? noGo;
  const current = best.book !== undefined && refused === undefined ? best.book : bookOf(best.walk, gap, gap, knownGoRanges);
  return {
    last: { cost: last.cost, outcomes: last.outcomes },
    current,
    lastGood: { rollup: known(current.rollup) ?? lastGood.rollup, book: known(current.book) ?? lastGood.book },
    knownGoRanges: known(current.book)?.value.seen ?? knownGoRanges,
  };
}

/**
 * What there is: of the last walk; where that failed, of the last good one until it is three of its own intervals old, which are longer
 * where `sharing` targets take turns. Pure.
 */
export function standing({ last, current, lastGood }: WalksKept, now: number, sharing: number): WalkBook {
  const maxAgeSeconds = last === undefined ? Number.NEGATIVE_INFINITY : 3 * sharing * walkInterval(last.cost, undefined);
  const fresh = <T>(good: Aged<T> | undefined, newest: Reading<Aged<T>>): Reading<Aged<T>> => {
    if (good !== undefined && now - good.at <= maxAgeSeconds) return found(good);
    return newest.ok ? missing('timeout', 'the last walk over the mappings is too old') : newest;
  };
  return { ...current, rollup: fresh(lastGood.rollup, current.rollup), book: fresh(lastGood.book, current.book) };
}
