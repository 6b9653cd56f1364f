import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { budgets } from '../../../src/budgets.ts';
import { gzipPieces } from '../../../src/serve/http/gzip-pieces.ts';
import { inTurns } from '../../../src/serve/http/in-turns.ts';

const size = budgets.scrapePiece.maxBytes;

async function gathered(pieces: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

test('any pieces are gathered whole and in order, to no more than the budget and one piece, compressed or not', async () => {
  const pieces = fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constantFrom(0, 1, 400, 3000)), { maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(pieces, async (list) => {
      const texts = list.map(([text, times]) => text.repeat(times));
      const all = await gathered(inTurns(texts));
      assert.equal(Buffer.concat(all).toString(), texts.join(''));
      const longest = Math.max(0, ...texts.map((text) => text.length));
      for (const piece of all) assert.ok(piece.toString().length <= size + longest && piece.length > 0);
      assert.equal(gunzipSync(Buffer.concat(await gathered(gzipPieces(inTurns(texts))))).toString(), texts.join(''));
    }),
    { numRuns: 30 },
  );
});

test('of all pages together one piece is made in a turn of the event loop, and what has no text counts', async () => {
  let turns = 0;
  let over = false;
  const count = () => {
    turns += 1;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const made: number[] = [];
  const page = async (piece: string, pieces: number) => {
    let last = -1;
    const texts = (function* () {
      for (let index = 0; index < pieces; index += 1) {
        if (turns !== last) made.push(turns);
        last = turns;
        yield piece;
      }
    })();
    for await (const _ of inTurns(texts));
  };
  const line = 'x'.repeat(size / 8);
  await page('', 10 * (size / 100)); // a family after the other has nothing of any target
  const alone = made.splice(0).length;
  await Promise.all([page(line, 80), page(line, 80), page(line, 80)]);
  over = true;
  assert.ok(alone >= 9, `${alone} turns for 10 budgets of nothing`);
  const later = made.slice(3); // each may begin in the first
  assert.equal(new Set(later).size, later.length, 'two pages in one turn');
  assert.ok(later.length >= 27, String(later.length));
});
