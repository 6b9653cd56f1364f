import type { Ledger } from '../books/ledger.ts';
import { figuresOf } from './figures.ts';
import { type Past, type Point, type Series, series } from './past.ts';
import { createRecent, type Floors, joined, merged } from './recent.ts';

const maxPoints = 96; // then each two neighbors become one and every later point spans twice as many polls

/** The past of one process in bounded memory: floors of every series over its whole watched life, and its last hour as it was. */
export interface History {
  add(ledger: Ledger): void;
  past(): Past;
}

/** A history that knows nothing yet. */
export function createHistory(): History {
  const recent = createRecent();
  let rows: Floors[] = [];
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
    const poll = { at: until, values: latest, polls: 1 };
    recent.add(poll);
    const open = rows.at(-1);
    if (open === undefined || open.polls >= span) rows.push(poll);
    else rows[rows.length - 1] = joined(open, poll);
    if (rows.length < maxPoints) return;
    rows = rows.flatMap((row, index) => {
      const next = rows[index + 1];
      return index % 2 === 1 ? [] : [next === undefined ? row : joined(row, next)];
    });
    span *= 2;
  }

  function past(): Past {
    const rowsThen = rows;
    const lastHour = recent.rows();
    const told = { first, latest, peaks };
    return {
      since: rowsThen[0]?.at ?? until,
      until,
      polls,
      points: (name) => pointsOf(rowsThen, series.indexOf(name)),
      recent: (name) => pointsOf(lastHour, series.indexOf(name)),
      first: (name) => columnOf(told.first, name),
      latest: (name) => columnOf(told.latest, name),
      peak: (name) => columnOf(told.peaks, name),
    };
  }

  return { add, past };
}

function unknown(): Float64Array {
  return new Float64Array(series.length).fill(Number.NaN);
}

function pointsOf(rows: readonly Floors[], column: number): readonly Point[] {
  const points: Point[] = [];
  for (const { at, values } of rows) {
    const floor = values[column] ?? Number.NaN;
    if (!Number.isNaN(floor)) points.push({ at, floor });
  }
  return points;
}

function columnOf(values: Float64Array, name: Series): number | undefined {
  const value = values[series.indexOf(name)];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
