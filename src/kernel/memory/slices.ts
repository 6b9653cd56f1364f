import { hasRoom, inLaterTurn } from '../../files/turns.ts';

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
