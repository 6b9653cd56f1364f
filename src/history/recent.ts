import { merged, type Row } from './row.ts';

const most = 64; // rows
const spans = 60; // seconds each: a little over an hour of them, whatever the poll interval
const early = 0.1; // seconds that a poll's timer may come too soon

/**
 * The last hour of one process, a minute a row: what the last collections left, and whether the newest floor is still that of before, must not get
 * coarser the longer the process lives.
 */
export interface Recent {
  add(at: number, figures: Float64Array): void;
  rows(): readonly Row[];
  clear(): void;
}

/** Knows nothing yet. */
export function createRecent(): Recent {
  let rows: readonly Row[] = [];

  function add(at: number, figures: Float64Array): void {
    const open = rows.at(-1);
    if (open === undefined || at < open.at || at - open.at >= spans - early)
      rows = [...rows.slice(1 - most), { at, floors: figures, polls: 1 }];
    else rows = [...rows.slice(0, -1), { at: open.at, floors: merged(open.floors, figures, Math.min), polls: open.polls + 1 }];
  }

  return {
    add,
    rows: () => rows,
    clear() {
      rows = [];
    },
  };
}
