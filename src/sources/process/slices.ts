import { setImmediate } from 'node:timers/promises';

/** Work of this many milliseconds at most before other requests have their turn. */
const longest = 5;

/** For a loop that reads much: `pause` returns at once until a slice of time is used up, then lets the others go first; false when it is to end. */
export function createSlices(signal: AbortSignal): { pause(): Promise<boolean> } {
  let begin = performance.now();
  return {
    async pause() {
      if (performance.now() - begin < longest) return !signal.aborted;
      await setImmediate();
      begin = performance.now();
      return !signal.aborted;
    },
  };
}
