import { type Floors, joined } from './floors.ts';

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
