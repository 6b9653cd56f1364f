import { pipeline, Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { budgets } from '../../budgets.ts';

/** How much is compressed: the least, which takes a third of the time of the usual. */
const settings = { level: 1 } as const;

/** As `content-encoding: gzip` has it. */
export function gzip(body: string | Buffer): Buffer {
  return gzipSync(body, settings);
}

/**
 * The same of a text that comes in pieces. A short one at once, for a stream costs half a MiB for good, and a sidecar has no other; a
 * longer one in the thread pool, no further ahead than its reader.
 */
export async function* gzipPieces(text: AsyncIterator<Buffer, void>): AsyncGenerator<Buffer, void> {
  const begun: Buffer[] = [];
  for (let bytes = 0; bytes <= budgets.scrapeAhead.maxBytes; ) {
    const { value: piece } = await text.next();
    if (piece === undefined) return yield gzip(Buffer.concat(begun));
    begun.push(piece);
    bytes += piece.length;
  }
  const all = Readable.from(continued(begun, text), { objectMode: false });
  yield* pipeline(all, createGzip(settings), () => {}); // an error is told by what is read of it
}

async function* continued(begun: Buffer[], text: AsyncIterator<Buffer, void>): AsyncGenerator<Buffer, void> {
  yield* begun.splice(0);
  for (let piece = await text.next(); piece.value !== undefined; piece = await text.next()) yield piece.value;
}
