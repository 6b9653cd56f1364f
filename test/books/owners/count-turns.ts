import { Session } from 'node:inspector';
import fc from 'fast-check';
import type { Mapping, MappingEvidence } from '../../../src/model/mapping.ts';
import { runs } from '../../runs.ts';
import { evidenceWith } from './evidence.ts';
import { hostileEvidence, idleHeap, shapes } from './hostile.ts';

/**
 * A program of its own: V8 counts how often each block of code runs (Profiler.startPreciseCoverage) in code that it compiles after that was
 * asked for, and whoever waits for it can end it. What V8's own functions do inside of one call is not counted.
 */
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const { found } = await import('../../../src/model/reading.ts');
const { rssBook } = await import('../../../src/books/owners/book.ts');
const { memoryToLookAt, rangesToLookUp } = await import('../../../src/books/owners/choose/questions.ts');

/** Of the blocks of all files of the ledger, since it was asked last. */
function turns(): number {
  let sum = 0;
  session.post('Profiler.takePreciseCoverage', (error, coverage) => {
    if (error !== null) throw error;
    const own = coverage.result.filter(({ url }) => url.includes('/src/books/'));
    for (const { ranges } of own.flatMap(({ functions }) => functions)) for (const { count } of ranges) sum += count;
  });
  return sum;
}

/** At most 460 000 were measured with fewer than 1000 mappings, and 870 for each of thousands: the bounds leave the half of it free. */
const always = 4_000_000;
const each = 1000;

/** All that is made of a walk: what to look up, the book, and the next walk's by what this one showed. */
function check(evidence: MappingEvidence): void {
  turns();
  rangesToLookUp(evidence);
  memoryToLookAt(evidence);
  const book = rssBook(evidence);
  rssBook(evidence, book.ok ? book.value.seen : undefined);
  const taken = turns();
  const count = evidence.mappings.length;
  most = Math.max(most, taken / (always + each * count));
  if (process.env.SHOW_TURNS) console.error(count, taken);
  if (taken > always + each * count) throw new Error(`${taken} turns for ${count} mappings`);
  if (!book.ok) return;
  const { total, components, unattributed, ambiguity, slack, score } = book.value;
  const sum = Object.values(components).reduce((all, part) => all + part, 0);
  if (sum + unattributed !== total || ![ambiguity, slack, score].every((figure) => Number.isFinite(figure) && figure >= 0))
    throw new Error(`the book does not balance: ${JSON.stringify({ total, sum, unattributed, ambiguity, slack, score })}`);
}

let most = 0;

/**
 * By how many steps the heap is said to have grown: few enough that the fault which this is about is seen by its turns, before memory ends.
 */
for (const heap of [2 ** 30, 2 ** 40, 2 ** 50]) {
  check(evidenceWith(mappings('arenas', 1), { before: found(idleHeap(0)), after: found(idleHeap(heap)) }));
}
for (const name of Object.keys(shapes)) {
  for (const [heap, count] of [0, 2 ** 32].flatMap((heap) => [12, 250, 6600].map((count) => [heap, count] as const))) {
    check(evidenceWith(mappings(name, count), { before: found(idleHeap(heap)), after: found(idleHeap(2 ** 36)), threads: 9 }));
  }
}
fc.assert(fc.property(hostileEvidence(800), check), { numRuns: runs(150) });
fc.assert(fc.property(hostileEvidence(20_000), check), { numRuns: runs(6) });
console.log(`at most ${Math.ceil(most * 100)} % of the turns that there may be`);

function mappings(name: string, count: number): readonly Mapping[] {
  return shapes[name]?.(0xc000000000, count) ?? [];
}
