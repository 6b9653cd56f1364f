import { hasRoom, inLaterTurn } from '../turns.ts';

/** For a loop that reads much: `pause` returns at once while this turn has room, then lets the others go first; false when it is to end. */
export function createSlices(signal: AbortSignal): { pause(): Promise<boolean> } {
  return {
    async pause() {
      if (!hasRoom()) await new Promise<void>(inLaterTurn);
      return !signal.aborted;
    },
  };
}
