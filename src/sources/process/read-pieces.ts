import { readSync } from 'node:fs';
import { readInPool } from './read-in-pool.ts';
import { createSlices } from './slices.ts';

/** The kernel hands out about 4 KiB at a time whatever is asked for, so there is room for some of its pages before the text is made of them. */
const buffer = Buffer.allocUnsafeSlow(64 * 1024);
const page = 4096;

/** How to read a file of the kernel's that is long, or long in the making. */
export interface Pieces {
  /** The next piece as latin1, 60 KiB or less; false ends the reading. */
  readonly take: (piece: string) => boolean;
  /** Whether each read may take long, and is left to node's thread pool. */
  readonly slow: boolean;
  readonly signal: AbortSignal;
}

/** Reads an open file to its end, in slices of time; false when `take` or `signal` ended it before. Throws what read(2) throws. */
export async function readPieces(fd: number, { take, slow, signal }: Pieces): Promise<boolean> {
  const slices = createSlices(signal);
  for (let ended = false; !ended; ) {
    // one buffer for all: what is waited for is read into one of its own
    const into = slow ? Buffer.allocUnsafe(4 * page) : buffer;
    let size = 0;
    while (!ended && size + page <= into.length) {
      const count = into === buffer ? readSync(fd, into, size, into.length - size, null) : await readInPool(fd, into, size);
      ended = count === 0;
      size += count;
      if (into !== buffer && signal.aborted) return false;
    }
    if (!take(into.toString('latin1', 0, size))) return false;
    if (!ended && !(await slices.pause())) return false;
  }
  return true;
}
