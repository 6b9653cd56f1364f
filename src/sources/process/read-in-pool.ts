import { read } from 'node:fs';
import { promisify } from 'node:util';

const readLater = promisify(read);

/** Reads from an open file, on from where it is or from `position`, in node's thread pool: dearer than at once, but a read that the kernel takes long for holds nothing up. Rejects with what read(2) says. */
export async function readInPool(fd: number, into: Buffer, at: number, position: number | null = null): Promise<number> {
  return (await readLater(fd, into, at, into.length - at, position)).bytesRead;
}
