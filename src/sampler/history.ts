import { figuresOf, type Series, series } from '../causes/figures.ts';
import type { Past, Point } from '../causes/past.ts';
import type { Ledger } from '../ledger/ledger.ts';

const most = 96; // points; then each two neighbors become one and every later point spans twice as many polls

/** The least of every series over `polls` polls that followed each other; NaN where none of them told it. */
interface Row {
  readonly at: number;
  readonly floors: Float64Array;
  polls: number;
}

/** The history of one process: floors of every series, thinned out so that they always span its whole watched life in bounded memory. */
export interface History {
  add(ledger: Ledger): void;
  past(): Past;
  clear(): void;
}

/** A history that knows nothing yet. */
export function createHistory(): History {
  let rows: Row[] = [];
  let span = 1;
  let polls = 0;
  let until = 0;
  let first = unknown();
  let latest = unknown();
  let peaks = unknown();

  function add(ledger: Ledger): void {
    const figures = figuresOf(ledger);
    latest = Float64Array.from(series, (name) => figures[name] ?? Number.NaN);
    first = merged(first, latest, (earlier) => earlier);
    peaks = merged(peaks, latest, Math.max);
    until = ledger.snapshot.takenAt;
    polls += 1;
    const open = rows.at(-1);
    if (open === undefined || open.polls >= span) rows.push({ at: until, floors: latest, polls: 1 });
    else rows[rows.length - 1] = { at: open.at, floors: merged(open.floors, latest, Math.min), polls: open.polls + 1 };
    if (rows.length < most) return;
    rows = rows.flatMap((row, index) => {
      const next = rows[index + 1];
      if (index % 2 === 1) return [];
      return next === undefined
        ? [row]
        : [{ at: row.at, floors: merged(row.floors, next.floors, Math.min), polls: row.polls + next.polls }];
    });
    span *= 2;
  }

  function past(): Past {
    const rowsThen = rows;
    const told = { first, latest, peaks };
    return {
      since: rowsThen[0]?.at ?? until,
      until,
      polls,
      points: (name) => pointsOf(rowsThen, series.indexOf(name)),
      first: (name) => columnOf(told.first, name),
      latest: (name) => columnOf(told.latest, name),
      peak: (name) => columnOf(told.peaks, name),
    };
  }

  function clear(): void {
    rows = [];
    span = 1;
    polls = 0;
    until = 0;
    first = unknown();
    latest = unknown();
    peaks = unknown();
  }

  return { add, past, clear };
}

function unknown(): Float64Array {
  return new Float64Array(series.length).fill(Number.NaN);
}

/** What only one of the two knows is taken as it is. */
function merged(one: Float64Array, other: Float64Array, choose: (one: number, other: number) => number): Float64Array {
  return one.map((value, index) => {
    const second = other[index] ?? Number.NaN;
    return Number.isNaN(value) ? second : Number.isNaN(second) ? value : choose(value, second);
  });
}

function pointsOf(rows: readonly Row[], column: number): readonly Point[] {
  const points: Point[] = [];
  for (const { at, floors } of rows) {
    const floor = floors[column] ?? Number.NaN;
    if (!Number.isNaN(floor)) points.push({ at, floor });
  }
  return points;
}

function columnOf(values: Float64Array, name: Series): number | undefined {
  const value = values[series.indexOf(name)];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
