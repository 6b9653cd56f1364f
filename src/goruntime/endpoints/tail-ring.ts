/** More than the longest MemStats block: 10.8 kB if both rings of 256 pauses were full of the longest numbers. */
const tailBytes = 16 * 1024;

/** Buffers that no stream uses now. A few targets are polled at once, so a few are kept: they are most of what a poll would allocate. */
const freeBuffers: Buffer[] = [];
const maxFreeBuffers = 4;

/** The last 16 KiB of a stream, held in one buffer that is lent for the time of the stream. */
export interface TailRing {
  add(chunk: Buffer): true;
  /** Shows the tail to `use`, and takes the buffer back: to be called once, and no view of the tail may outlive it. */
  finish<T>(use: (tail: Buffer) => T): T;
}

/** Lends a ring. The buffer is twice the tail, so that bytes are moved only once in each 16 KiB. */
export function tailRing(): TailRing {
  const held = freeBuffers.pop() ?? Buffer.allocUnsafeSlow(2 * tailBytes);
  let used = 0;
  return {
    add(chunk) {
      const piece = chunk.length > tailBytes ? chunk.subarray(-tailBytes) : chunk;
      if (used + piece.length > held.length) {
        held.copyWithin(0, used - tailBytes, used);
        used = tailBytes;
      }
      used += piece.copy(held, used);
      return true;
    },
    finish(use) {
      try {
        return use(held.subarray(Math.max(0, used - tailBytes), used));
      } finally {
        if (freeBuffers.length < maxFreeBuffers) freeBuffers.push(held);
      }
    },
  };
}
