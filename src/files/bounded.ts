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

/** The same as text. One that fits the scratch, as nearly all of the kernel's do, makes no garbage but the text. */
export function readBoundedText(fd: number, cap: number): { readonly text: string; readonly whole: boolean } {
  const room = Math.min(scratch.length, cap);
  let size = 0;
  while (size < room) {
    const count = readSync(fd, scratch, size, room - size, null);
    if (count === 0) return { text: scratch.toString('utf8', 0, size), whole: true };
    size += count;
  }
  const start = Buffer.from(scratch.subarray(0, size)); // of its own: the scratch is read into again
  const { bytes, whole } = readBounded(fd, cap - size);
  return { text: Buffer.concat([start, bytes]).toString(), whole };
}
