import { hasRoom, inLaterTurn } from '../files/turns.ts';

/** So much is parsed before the clock is looked at: 3 ms of the dearest content. */
const maxPieceBytes = 16 * 1024;

/** A body on its way to its parser. */
export interface Consumer {
  add(chunk: Buffer): void;
  /** Calls `whole` when all of it was parsed. */
  end(whole: () => void): void;
  /** Nothing more is parsed. */
  stop(): void;
}

/** Hands a body on to `onChunk` in pieces of 16 KiB or less, at once while the turn has room, else later. After a false there is none. */
export function consumeInTurns(onChunk: (chunk: Buffer) => boolean, onEnough: () => void): Consumer {
  const chunks: Buffer[] = [];
  let at = 0; // in the first of them
  let waits = false;
  let whenWhole: (() => void) | undefined;

  function work(): void {
    waits = false;
    for (let chunk = chunks[0]; chunk !== undefined; chunk = chunks[0]) {
      if (!hasRoom()) {
        waits = true;
        inLaterTurn(work);
        return;
      }
      const end = Math.min(chunk.length, at + maxPieceBytes);
      if (!onChunk(chunk.subarray(at, end))) {
        onEnough();
        return;
      }
      at = end;
      if (end === chunk.length) {
        chunks.shift();
        at = 0;
      }
    }
    whenWhole?.();
  }

  return {
    add(chunk) {
      chunks.push(chunk);
      if (!waits) work();
    },
    end(whole) {
      whenWhole = whole;
      if (!waits) work();
    },
    stop() {
      chunks.length = 0;
      whenWhole = undefined;
    },
  };
}
