import { budgets } from '../../budgets.ts';

/** What a piece without text counts: about the work of a line, for a family was asked what it has of a target. */
const minBytesOfPiece = 100;

let last: Promise<void> = Promise.resolve();

/**
 * Gathers pieces of text to larger ones, of the size of the budget or little more, each in a turn of the event loop in which nothing else
 * is gathered, for whatever page: however many pages are printed at once, whatever else there is to do waits for one piece.
 */
export async function* inTurns(pieces: Iterable<string>): AsyncGenerator<Buffer, void> {
  let text = '';
  let work = 0;
  for (const piece of pieces) {
    text += piece;
    work += Math.max(piece.length, minBytesOfPiece);
    if (work < budgets.scrapePiece.maxBytes) continue;
    if (text !== '') yield Buffer.from(text);
    text = '';
    work = 0;
    await nextTurn();
  }
  if (text !== '') yield Buffer.from(text);
}

function nextTurn(): Promise<void> {
  last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
  return last;
}
