/** The floor of every series, its least value over `polls` polls that followed each other; NaN where none of them told it. */
export interface Floors {
  /** Unix seconds, of the first of them. */
  readonly at: number;
  readonly values: Float64Array;
  readonly polls: number;
}

/** One figure out of two for every series; what only one of the two knows is taken as it is. */
export function merged(one: Float64Array, other: Float64Array, choose: (one: number, other: number) => number): Float64Array {
  return one.map((value, index) => {
    const second = other[index] ?? Number.NaN;
    return Number.isNaN(value) ? second : Number.isNaN(second) ? value : choose(value, second);
  });
}

/** Two that followed each other, as one. */
export function joined(one: Floors, other: Floors): Floors {
  return { at: one.at, values: merged(one.values, other.values, Math.min), polls: one.polls + other.polls };
}

const maxRows = 64;
const rowSeconds = 60; // a little over an hour of them, whatever the poll interval
const graceSeconds = 0.1; // a poll's timer may come so much too soon

/**
 * The last hour of one process, a minute a row: what the last collections left, and whether the newest floor is still that of before, must
 * not get coarser the longer the process lives.
 */
export interface Recent {
  add(poll: Floors): void;
  rows(): readonly Floors[];
}

/** Knows nothing yet. */
export function createRecent(): Recent {
  let rows: readonly Floors[] = [];

  function add(poll: Floors): void {
    const open = rows.at(-1);
    const isNext = open === undefined || poll.at < open.at || poll.at - open.at >= rowSeconds - graceSeconds;
    rows = isNext ? [...rows.slice(1 - maxRows), poll] : [...rows.slice(0, -1), joined(open, poll)];
  }

  return { add, rows: () => rows };
}
