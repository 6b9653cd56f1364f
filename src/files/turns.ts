/**
 * What is read and parsed for all targets together shares each turn of the event loop: so long in milliseconds, and what is left waits for
 * the next one. Between two turns requests are answered, so many hostile answers at once make a poll late, and no probe. No budget: how
 * much is done at all is counted elsewhere, in work.
 */
const turnMilliseconds = 5;

/** When this turn's share is used up; absent while nothing was done in it. */
let ends: number | undefined;
const works: Array<() => void> = [];
const reads: Array<() => void> = [];

/** Whether there is time left in this turn: to be asked before each small piece of work. */
export function hasRoom(): boolean {
  return performance.now() < (ends ?? begin());
}

/** Goes on with some work in a later turn, in the order of asking; one alone has that turn's whole share. */
export function inLaterTurn(work: () => void): void {
  works.push(work);
  if (ends === undefined) begin();
}

/** Takes in more to work on once nothing waits to be worked on, one a turn: what was taken in and is not parsed yet stays little. */
export function whenNothingWaits(read: () => void): void {
  reads.push(read);
  if (ends === undefined) begin();
}

function begin(): number {
  setImmediate(end);
  ends = performance.now() + turnMilliseconds;
  return ends;
}

function end(): void {
  ends = undefined;
  const next = works.shift() ?? reads.shift();
  if (next === undefined) return;
  begin();
  next();
}

/** For a loop that reads much. */
export interface Slices {
  /** Returns at once while this turn has room, then lets the others go first; false when the loop is to end. */
  pause(): Promise<boolean>;
}

/** Slices until the signal aborts. */
export function createSlices(signal: AbortSignal): Slices {
  return {
    async pause() {
      if (!hasRoom()) await new Promise<void>(inLaterTurn);
      return !signal.aborted;
    },
  };
}
