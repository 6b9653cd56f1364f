import { createSlices } from '../../files/turns.ts';
import type { ReadLater } from './locked-file.ts';

/** The kernel hands out about 4 KiB at a time whatever is asked for, so there is room for some pages before it is made text. */
const bufferSize = 64 * 1024;
const page = 4096;

/** How to read a file of the kernel's that is long, or long in the making. */
export interface Pieces {
  /** The next piece as latin1, 60 KiB or less; false ends the reading. */
  readonly take: (piece: string) => boolean;
  readonly signal: AbortSignal;
}

/** Reads an open file to its end, in slices of time; false when `take` or `signal` ended it before. Throws what read(2) throws. */
export async function readPieces(readLater: ReadLater, { take, signal }: Pieces): Promise<boolean> {
  const slices = createSlices(signal);
  const into = Buffer.allocUnsafe(bufferSize); // one of its own: a read that hangs may write to it at any time
  for (let ended = false; !ended; ) {
    let size = 0;
    while (!ended && size + page <= into.length) {
      const count = await readLater(into, size, into.length - size, null);
      ended = count === 0;
      size += count;
      if (signal.aborted) return false;
    }
    if (!take(into.toString('latin1', 0, size))) return false;
    if (!ended && !(await slices.pause())) return false;
  }
  return true;
}
