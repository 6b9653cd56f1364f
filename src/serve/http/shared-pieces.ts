/** A piece of an answer, and the way to the one after it. */
export interface AnswerPiece {
  readonly bytes: Buffer;
  /** The next one, made when the first reader asks for it; `undefined` after the last. */
  next(): Promise<AnswerPiece | undefined>;
}

/** An answer that is made once, in pieces, for all who read it. */
export interface SharedPieces {
  /** Where each reader begins; rejects where nothing can be made. */
  readonly first: Promise<AnswerPiece | undefined>;
  /** A reader comes, before the first piece is there: it is told the bytes of each that is made, and says when it has gone. */
  enter(made: (bytes: number) => void): () => void;
  /** Resolves when no more is made for now: all is, or its readers have as much as they take in, or none is left. */
  readonly settled: Promise<void>;
}

/**
 * Reads `source` once for several readers, each at its own pace, none of which waits for another: a piece is made when the first of them
 * wants it, and let go when the last has gone on to the next, for each piece leads to the one after it and nothing holds the first. When
 * the last reader goes, the source ends.
 */
export function sharePieces(source: AsyncIterator<Buffer, void>): SharedPieces {
  const readers = new Set<(bytes: number) => void>();
  let settle = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });

  async function make(): Promise<AnswerPiece | undefined> {
    const { value: bytes } = await source.next().catch((error: unknown) => {
      settle();
      throw error;
    });
    if (bytes === undefined) {
      settle();
      return undefined;
    }
    for (const made of readers) made(bytes.length);
    let next: Promise<AnswerPiece | undefined> | undefined;
    setImmediate(() => next === undefined && settle()); // whoever has room for it has asked for it by then
    return {
      bytes,
      next() {
        next ??= make();
        return next;
      },
    };
  }

  return {
    first: make(),
    enter(made) {
      readers.add(made);
      return () => {
        if (!readers.delete(made) || readers.size > 0) return;
        settle();
        void source.return?.();
      };
    },
    settled,
  };
}

/** All pieces from one on. */
export async function* piecesFrom(piece: AnswerPiece | undefined): AsyncGenerator<Buffer, void> {
  while (piece !== undefined) {
    yield piece.bytes;
    piece = await piece.next(); // no second variable: the first piece would be held by this one, and all others by it
  }
}
