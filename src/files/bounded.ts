import { readSync } from 'node:fs';

/** Most of the kernel's files are a page or less: a buffer for each would be garbage that V8 does not feel (external memory). */
const scratch = Buffer.allocUnsafeSlow(16_384);

/** The first `cap` bytes of an open file, and whether that was all of it. Throws what read(2) throws. */
export function readBounded(fd: number, cap: number): { readonly bytes: Buffer; readonly whole: boolean } {
  const parts: Buffer[] = [];
  let size = 0;
  while (size <= cap) {
    const count = readSync(fd, scratch, 0, Math.min(scratch.length, cap + 1 - size), null);
    if (count === 0) return { bytes: Buffer.concat(parts, size), whole: true };
    parts.push(Buffer.from(scratch.subarray(0, count)));
    size += count;
  }
  return { bytes: Buffer.concat(parts, cap), whole: false };
}
